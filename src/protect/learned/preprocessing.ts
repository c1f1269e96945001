// What a service does to a picture before its model sees it: scale, shift, order of channels, layout of axes.
// Source: the ImageNet constants of torchvision and ONNX's model zoo; MobileNet's (pixel − 128) / 128.
// It resizes nothing: images already have the service's height and width.

import { z } from 'zod'
import { imageSize } from '../../data/images/imageSet.ts'
import type { ImageSet, ImageShape } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import type { Graph } from '../../graph/contract.ts'
import {
  constant,
  div,
  gather,
  graph,
  input,
  reshape,
  sub,
  type Tensor,
  transpose,
  type Value,
} from '../../graph/index.ts'
import { readJsonFile } from '../../json.ts'
import { functionLayer, type Layer } from '../../learn/index.ts'
import type { Preprocessing } from './contract.ts'
import { type PreprocessingName, preprocessingNames } from './names.ts'

const channelList = z.array(z.number()).min(1).max(4)

/** As a card and a file hold it. */
export const preprocessingSchema = z.strictObject({
  mean: channelList,
  std: z.array(z.number().positive()).min(1).max(4),
  layout: z.enum(['NCHW', 'NHWC', 'flat']),
  order: z.enum(['grey', 'RGB', 'BGR']),
})

type Scale = Pick<Preprocessing, 'mean' | 'std'>

const scales: Readonly<Record<string, Scale>> = {
  unit: { mean: [0], std: [1] },
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  mobilenet: { mean: [128 / 255], std: [128 / 255] },
} satisfies Record<PreprocessingName, Scale>

/**
 * A usual preprocessing by name: `unit` (0 … 1), `imagenet` (the means and deviations of ImageNet's RGB), `mobilenet`
 * ((pixel − 128) / 128).
 * @throws FrostglassError `usage` for another name, or one that does not fit the channels
 */
export function namedPreprocessing(
  name: string,
  channels: number,
  { layout = 'NCHW', order = channels === 1 ? 'grey' : 'RGB' }: Partial<Preprocessing> = {},
): Preprocessing {
  const scale = Object.hasOwn(scales, name) ? scales[name] : undefined
  if (!scale) {
    throw new FrostglassError(
      'usage',
      `'${name}' is not a preprocessing`,
      `Use ${preprocessingNames.join(', ')}, or a JSON file.`,
    )
  }
  const { mean, std } = broadcastScale(scale, channels)
  // The constants are written red first.
  const turned = order === 'BGR' ? { mean: mean.toReversed(), std: std.toReversed() } : { mean, std }
  return checked({ ...turned, layout, order })
}

/** One mean and deviation for all channels, or one each. */
export function broadcastScale(scale: Scale, channels: number): Scale {
  const each = (values: readonly number[], what: string) => {
    if (values.length === channels) return values
    if (values.length === 1) return Array.from({ length: channels }, () => values[0]!)
    throw new FrostglassError(
      'usage',
      `there are ${values.length} numbers of ${what} for ${channels} channels`,
      'Give one number, or one a channel in the order of the service.',
    )
  }
  return { mean: each(scale.mean, 'mean'), std: each(scale.std, 'std') }
}

/** Reads a preprocessing from a JSON file. @throws FrostglassError `input` that says which part is wrong. */
export async function readPreprocessing(path: string): Promise<Preprocessing> {
  const file = {
    what: 'the preprocessing',
    missing: `Name a JSON file, or one of ${preprocessingNames.join(', ')}.`,
    hint: 'Write {"mean": [0.5], "std": [0.5], "layout": "NCHW", "order": "RGB"}, one number a channel.',
  }
  return checked(await readJsonFile(path, preprocessingSchema, file))
}

/** @throws FrostglassError `usage` when the parts do not fit together */
function checked(p: Preprocessing): Preprocessing {
  const channels = p.order === 'grey' ? 1 : 3
  if (p.mean.length !== channels || p.std.length !== channels) {
    throw new FrostglassError(
      'usage',
      `a preprocessing of ${p.order} images has ${channels} mean(s) and std(s), not ${p.mean.length} and ${p.std.length}`,
      'Give one number a channel.',
    )
  }
  return Object.freeze({ ...p })
}

/** @throws FrostglassError `shape` when images of this shape are not what the preprocessing takes */
export function requireChannels(p: Preprocessing, shape: ImageShape, what: string): void {
  if (shape[0] === p.mean.length) return
  const hint =
    p.order === 'grey'
      ? 'Read the images in grey (one channel).'
      : 'Read the images in colour (three channels).'
  throw new FrostglassError(
    'shape',
    `${what} have ${shape[0]} channel(s), but the service takes ${p.order}`,
    hint,
  )
}

/** The shape in which the service gets one image. */
export function serviceShape(p: Preprocessing, [channels, height, width]: ImageShape): readonly number[] {
  if (p.layout === 'NCHW') return [channels, height, width]
  return p.layout === 'NHWC' ? [height, width, channels] : [channels * height * width]
}

/** Bytes 0 … 255 to 0 … 1. */
export const unitLayer = (shape: ImageShape): Layer =>
  functionLayer(shape, (x) => div(x, constant([255], [1])), { name: 'unit' })

/** 0 … 1 to the service's range and order of channels, still [N, channels, height, width]. No layer where all stays. */
export function normalisingLayers(p: Preprocessing, shape: ImageShape): Layer[] {
  const build = normalising(p)
  return build ? [functionLayer(shape, build, { name: 'normalise' })] : []
}

/** [N, channels, height, width] to the service's layout. No layer where all stays. */
export function layoutLayers(p: Preprocessing, shape: ImageShape): Layer[] {
  if (p.layout === 'NCHW') return []
  // One channel in the last place is one in the first.
  return [functionLayer(shape, (x) => arranged(p, shape, x), { name: 'layout' })]
}

function arranged(p: Preprocessing, shape: ImageShape, x: Value): Value {
  const last = shape[0] === 1 ? x : transpose(x, [0, 2, 3, 1])
  return p.layout === 'flat' || shape[0] === 1 ? reshape(last, [-1, ...serviceShape(p, shape)]) : last
}

function normalising(p: Preprocessing): ((x: Value) => Value) | undefined {
  const shifts = p.mean.some((m) => m !== 0)
  const scaled = p.std.some((s) => s !== 1)
  const turns = p.order === 'BGR'
  if (!shifts && !scaled && !turns) return undefined
  const plane = (values: readonly number[]) => constant(values, [values.length, 1, 1])
  return (x) => {
    let y = turns ? gather(x, constant([2, 1, 0], [3], 'int64'), 1) : x
    if (shifts) y = sub(y, plane(p.mean))
    return scaled ? div(y, plane(p.std)) : y
  }
}

/** The preprocessing alone: `image` [N, …image] in 0 … 1 to `sample`, what a raw sample is to the service. */
export function preprocessingGraph(p: Preprocessing, shape: ImageShape): Graph {
  const image = input('image', ['N', ...shape])
  const sample = arrangedOrNot(p, shape, normalising(p)?.(image) ?? image)
  return graph({ inputs: [image], outputs: { sample } })
}

const arrangedOrNot = (p: Preprocessing, shape: ImageShape, x: Value): Value =>
  p.layout === 'NCHW' ? x : arranged(p, shape, x)

/**
 * What images are to the service when they are sent raw: float32 [count, …serviceShape].
 * The numbers are those of the graphs, bit for bit: float32 at each step.
 * @throws FrostglassError `shape` for another number of channels
 */
export function preprocessImageSet(
  set: Pick<ImageSet, 'pixels' | 'shape' | 'count' | 'name'>,
  p: Preprocessing,
): Tensor {
  const { shape, pixels, count } = set
  requireChannels(p, shape, `the images of ${set.name}`)
  const [channels, height, width] = shape
  const plane = height * width
  const size = imageSize(shape)
  const data = new Float32Array(count * size)
  const last = p.layout !== 'NCHW'
  for (let c = 0; c < channels; c++) {
    const values = byteValues(p.mean[c]!, p.std[c]!)
    const from = (p.order === 'BGR' ? 2 - c : c) * plane
    const step = last ? channels : 1
    for (let i = 0; i < count; i++) {
      let to = i * size + (last ? c : c * plane)
      const begin = i * size + from
      for (let j = begin; j < begin + plane; j++, to += step) data[to] = values[pixels[j]!]!
    }
  }
  return { dtype: 'float32', shape: [count, ...serviceShape(p, shape)], data }
}

/** What each byte becomes. */
function byteValues(mean: number, std: number): Float32Array {
  const shift = Math.fround(mean)
  const scale = Math.fround(std)
  return Float32Array.from({ length: 256 }, (_, byte) => Math.fround(Math.fround(byte / 255) - shift) / scale)
}
