// The study's synthetic images: coloured digits, noise and paths, of seven colours each.
// Source: Yonan et al., SECRYPT 2025: Colored-MNIST; Noisy (random intensity growing towards the centre); Path (a
// random walk from the centre). Neither the law of the noise nor the length of the walk is published: ours are below.

import { FrostglassError } from '../../errors.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { pictureDraws } from '../../random/pictures.ts'
import { type ImageSet, imageSize, type Labels } from './imageSet.ts'

/** Names of the seven colours, by class number. */
export const colorNames = ['red', 'green', 'blue', 'aqua', 'magenta', 'yellow', 'white'] as const

/** Shares of red, green and blue of each colour. */
export const colorShares = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
  [0, 1, 1],
  [1, 0, 1],
  [1, 1, 0],
  [1, 1, 1],
] as const

/**
 * A grey set in colour: every image in one of the seven, equal numbers of each, within every class too, so that the
 * colour says nothing of the class. The colour is the attribute `color`.
 * @throws FrostglassError `shape` for images that are not grey
 */
export function colored(set: ImageSet, options: { readonly seed?: number | undefined } = {}): ImageSet {
  const { shape, count, labels } = set
  if (shape[0] !== 1)
    throw new FrostglassError(
      'shape',
      `${set.name} has ${shape[0]} channels, only grey images can be coloured`,
      'Read them with one channel.',
    )
  const source = pictureDraws(options.seed ?? 0, 'color')
  // In a random order class by class, dealt out in turn: classes go on where the one before stopped.
  const order = shuffle(upTo(count), source)
  if (labels) order.sort((a, b) => labels.of[a]! - labels.of[b]!)
  const of = new Int32Array(count)
  const turn = shuffle(upTo(colorNames.length), source)
  order.forEach((row, i) => {
    of[row] = turn[i % colorNames.length]!
  })
  return painted(`colored ${set.name}`, set.pixels, [3, shape[1], shape[2]], { names: colorNames, of }, set)
}

interface SyntheticOptions {
  readonly seed?: number | undefined
  /** Height and width; 28 × 28 if absent. */
  readonly size?: readonly [height: number, width: number] | undefined
}

/**
 * Noise of one colour an image: a pixel is lit with a probability that grows evenly from 0 in the corners to ½ in the
 * centre, and then of any intensity. Mostly dark, as digits are: of eight ways to draw such noise tried on ObfNet, an
 * adversary learns most of digits from this (80.7% of colours at n = 512; from noise that lights every pixel, 49.5%).
 * Equal numbers of each colour, attribute `color`.
 */
export function noisyImages(count: number, options: SyntheticOptions = {}): ImageSet {
  const { seed = 0, size: [height, width] = [28, 28] } = options
  const source = pictureDraws(seed, 'noisy')
  const [middleY, middleX] = [(height - 1) / 2, (width - 1) / 2]
  const reach = Math.hypot(middleY, middleX) || 1
  const lit = Float64Array.from({ length: height * width }, (_, i) => {
    const distance = Math.hypot(Math.floor(i / width) - middleY, (i % width) - middleX)
    return (1 - distance / reach) / 2
  })
  const grey = new Uint8Array(count * height * width)
  for (let at = 0; at < grey.length; at += lit.length)
    for (let i = 0; i < lit.length; i++) {
      // One draw for both: below the probability it is uniform, too.
      const drawn = source.uniform()
      if (drawn < lit[i]!) grey[at + i] = Math.round((255 * drawn) / lit[i]!)
    }
  return painted('noisy', grey, [3, height, width], dealt(count, seed))
}

/**
 * Paths of one colour: a walk of `steps` (default 200) in the four directions from the centre, turned back at the
 * border; pixels on it are full. Equal numbers of each colour, attribute `color`.
 */
export function pathImages(
  count: number,
  options: SyntheticOptions & { readonly steps?: number | undefined } = {},
): ImageSet {
  const { seed = 0, steps = 200, size: [height, width] = [28, 28] } = options
  const source = pictureDraws(seed, 'path')
  const area = height * width
  const grey = new Uint8Array(count * area)
  const clip = (value: number, side: number) => Math.max(0, Math.min(side - 1, value))
  for (let image = 0; image < count; image++) {
    let y = Math.floor(height / 2)
    let x = Math.floor(width / 2)
    grey[image * area + y * width + x] = 255
    for (let step = 0; step < steps; step++) {
      const way = source.below(4)
      if (way < 2) y = clip(y + 2 * way - 1, height)
      else x = clip(x + 2 * way - 5, width)
      grey[image * area + y * width + x] = 255
    }
  }
  return painted('path', grey, [3, height, width], dealt(count, seed))
}

/** Equal numbers of each colour in a random order. */
function dealt(count: number, seed: number): Labels {
  return {
    names: colorNames,
    of: shuffle(upTo(count), pictureDraws(seed, 'color')).map((place) => place % colorNames.length),
  }
}

function painted(
  name: string,
  grey: Uint8Array,
  shape: readonly [3, number, number],
  color: Labels,
  from?: ImageSet,
): ImageSet {
  const area = shape[1] * shape[2]
  const size = imageSize(shape)
  const count = color.of.length
  const pixels = new Uint8Array(count * size)
  for (let image = 0; image < count; image++) {
    const plane = grey.subarray(image * area, (image + 1) * area)
    colorShares[color.of[image]!]!.forEach((share, channel) => {
      if (share) pixels.set(plane, image * size + channel * area)
    })
  }
  return Object.freeze({
    name,
    shape,
    count,
    pixels,
    labels: from?.labels,
    files: from?.files,
    attributes: { ...from?.attributes, color },
  })
}
