// RecNet: a network that turns what was released back into images.
// Source: Yonan et al. 2025 (an autoencoder shaped as ObfNet-MLP, bottleneck 1024, trained by mean squared error).
// The convolutional form is ours. How well either does is a lower bound of what a pane gives away.

import { imageSize } from '../../data/images/imageSet.ts'
import type { ImageSet, ImageShape } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import {
  add,
  graph,
  input,
  mul,
  relu,
  sizeOf,
  slice,
  type Tensor,
  tensor,
  transpose,
} from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import {
  averagePool2d,
  conv2d,
  convTranspose2d,
  dense,
  exportModel,
  flatten,
  graphLayer,
  type Layer,
  type Loss,
  type Model,
  predict,
  reshapeTo,
  meanSquaredError as squaredError,
  type Weights,
} from '../../learn/index.ts'
import { type AttackTraining, trainLayers } from './learning.ts'

// The last layer has a ReLU, as published, and not only for that: a black ground comes out black, where linear outputs
// leave a haze of a few grey levels. Its pixels start at one level a little above black, so that none is dead from the
// start. On coloured digits behind ObfNet-MLP(64), 4,000 images, six epochs: SSIM 0.72; with the usual start 0.66 (mean
// squared error 0.0215 instead of 0.0159), with a sigmoid 0.50, linear 0.28.

/**
 * `dense`: as published; `convolutional`: a dense layer to a quarter of the size, then transposed convolutions;
 * `layout`: convolutions alone, for panes whose output keeps the places of the pixels (LightNet).
 */
export type RecNetShape = 'dense' | 'convolutional' | 'layout'

export interface RecNetOptions extends AttackTraining {
  readonly shape: RecNetShape
  /** Units of the hidden layer; 1024 by default, as published. `layout` has none. */
  readonly bottleneck?: number | undefined
}

/** A trained reconstruction network. */
export interface RecNet {
  readonly shape: RecNetShape
  /** Shape of its images. */
  readonly images: ImageShape
  /** Images as planar bytes. @param released float32 [rows, …] as it was trained on */
  reconstruct(released: Tensor): Promise<Uint8Array>
  readonly model: Model
  readonly weights: Weights
  /** Mean squared error on the validation part, pixels from 0 to 1; undefined without one. */
  readonly validationLoss: number | undefined
  /** The file: input `input` float32 [N, …released], output `output` [N, pixels], about 0 … 1, planar, not clipped. */
  onnx(): Uint8Array
}

/** Squared error where targets are bytes: no copy of all images as numbers from 0 to 1. */
const byteError: Loss = Object.freeze({
  ...squaredError,
  name: 'meanSquaredErrorOfBytes',
  build: (output, target) => squaredError.build(output, mul(target, scalarLike(target, 1 / 255))),
} satisfies Loss)

/**
 * Trains a network from released rows to the images that they were made from.
 * @param released float32 [rows, …]; row i was made of image i of `originals`
 * @throws FrostglassError `shape` when rows and images differ in number, `input` for rows that are not finite, `aborted`
 * @example const net = await trainRecNet(released, training, { shape: 'dense', seed: 1 })
 */
export async function trainRecNet(
  released: Tensor,
  originals: ImageSet,
  options: RecNetOptions,
): Promise<RecNet> {
  const rows = released.shape[0] ?? 0
  if (originals.count !== rows) {
    throw new FrostglassError('shape', `there are ${rows} released rows, but ${originals.count} images`)
  }
  const { shape, bottleneck = 1024 } = options
  const pixels = imageSize(originals.shape)
  const row = released.shape.slice(1)
  const layers = {
    dense: () => [
      ...narrowed(row),
      flatten(),
      dense({ units: bottleneck, activation: 'relu' }),
      dense({ units: pixels, initialiser: 'zeros' }),
      rectified(pixels),
    ],
    convolutional: () => [...narrowed(row), ...convolutional(originals.shape, bottleneck)],
    layout: () => keepingLayout(row, originals.shape),
  }[shape]()
  const data = { x: released, y: tensor(originals.pixels, [rows, pixels], 'uint8') }
  const { model, weights, validationLoss } = await trainLayers(layers, data, byteError, options)
  const machine = options.executor === undefined ? {} : { executor: options.executor }
  return Object.freeze({
    shape,
    images: originals.shape,
    async reconstruct(x: Tensor) {
      const { data: answers } = await predict(model, weights, x, { loss: byteError, ...machine })
      // It rounds and clips; its bytes are the image. No `from`: with a function that makes a list of all numbers first.
      const clipped = new Uint8ClampedArray(answers.length)
      for (let i = 0; i < answers.length; i++) clipped[i] = 255 * (answers[i] as number)
      return new Uint8Array(clipped.buffer)
    },
    model,
    weights,
    validationLoss,
    onnx: () => exportModel(model, weights, { loss: byteError }),
  })
}

function convolutional(image: ImageShape, bottleneck: number): Layer[] {
  const [channels, height, width] = image
  const [low, across] = [Math.ceil(height / 4), Math.ceil(width / 4)]
  return [
    flatten(),
    dense({ units: bottleneck, activation: 'relu' }),
    dense({ units: 32 * low * across, activation: 'relu' }),
    reshapeTo([32, low, across]),
    convTranspose2d({ filters: 32, kernel: 4, stride: 2, padding: 'same', activation: 'relu' }),
    convTranspose2d({ filters: 16, kernel: 4, stride: 2, padding: 'same', activation: 'relu' }),
    conv2d({ filters: channels, kernel: 3, padding: 'same', initialiser: 'zeros' }),
    ...cropped(image, [4 * low, 4 * across]),
    flatten(),
    rectified(imageSize(image)),
  ]
}

/**
 * Convolutions from what left to images of the same size or a whole fraction of it.
 * @throws FrostglassError `shape` for rows that are no images of such a size
 */
function keepingLayout(row: readonly number[], [channels, height, width]: ImageShape): Layer[] {
  const last = row[2] === channels && row[0] !== channels
  const [rows, columns] = last ? [row[0], row[1]] : [row[1], row[2]]
  const factor = Math.round((rows ?? 0) / height)
  const fits =
    row.length === 3 &&
    factor >= 1 &&
    Math.floor(rows! / factor) === height &&
    Math.floor(columns! / factor) === width
  if (!fits) {
    throw new FrostglassError(
      'shape',
      `released rows of [${row}] do not lie as images of [${channels}, ${height}, ${width}] do`,
      'Use the dense or the convolutional shape.',
    )
  }
  const wide = (filters: number) => conv2d({ filters, kernel: 3, padding: 'same', activation: 'relu' })
  return [
    ...(last ? [channelsFirst(row)] : []),
    // A convolution as large as what it averages over: it sees all numbers that a pixel of the small image came from.
    ...(factor > 1
      ? [conv2d({ filters: 32, kernel: factor, stride: factor, activation: 'relu' })]
      : [wide(32)]),
    wide(32),
    wide(32),
    conv2d({ filters: channels, kernel: 3, padding: 'same', initialiser: 'zeros' }),
    flatten(),
    rectified(channels * height * width),
  ]
}

function channelsFirst(row: readonly number[]): Layer {
  const x = input('image', ['N', ...row])
  return graphLayer(graph({ inputs: [x], outputs: { first: transpose(x, [0, 3, 1, 2]) } }), {
    name: 'channels-first',
  })
}

/** The most numbers of a row that a dense layer takes whole. */
const widest = 16_384

/** Wide rows that lie as images are averaged down before a dense layer. */
function narrowed(row: readonly number[]): Layer[] {
  if (row.length !== 3 || sizeOf(row) <= widest) return []
  const last = row[0]! > 4 && row[2]! <= 4
  const side = last ? Math.min(row[0]!, row[1]!) : Math.min(row[1]!, row[2]!)
  return [...(last ? [channelsFirst(row)] : []), averagePool2d({ size: Math.max(1, Math.floor(side / 56)) })]
}

/** ReLU behind a start of 0.1. */
function rectified(pixels: number): Layer {
  const x = input('pixels', ['N', pixels])
  const level = relu(add(x, scalarLike(x, 0.1)))
  return graphLayer(graph({ inputs: [x], outputs: { level } }), { name: 'rectified' })
}

/** What the stages overshoot is cut off below and to the right. */
function cropped([channels, height, width]: ImageShape, [rows, columns]: readonly [number, number]): Layer[] {
  if (rows === height && columns === width) return []
  const x = input('image', ['N', channels, rows, columns])
  const cut = slice(x, [0, 0], [height, width], [2, 3])
  return [graphLayer(graph({ inputs: [x], outputs: { cut } }), { name: 'crop' })]
}
