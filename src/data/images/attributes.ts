// What an image says of whoever made it, measured on its pixels: the slant and the thickness of a stroke, its colour.
// Source: slant as in image moments (Hu 1962), μ11/μ02 about the centroid; thickness as twice an area over its border;
// the colours of Colored-MNIST (Yonan et al. 2025, synthetic.ts). Classes of a number are its terciles.
// Cuts are learned from values that somebody hands in: whose they are (training images alone) is the caller's to hold.

import { FrostglassError } from '../../errors.ts'
import { type ImageSet, imageSize, type Labels } from './imageSet.ts'
import { colorNames, colorShares } from './synthetic.ts'

/** Names of what is measured; `colour` is a class of {@link colorNames} already, the others are numbers to be cut. */
export const imageAttributeNames = ['slant', 'thickness', 'colour'] as const

export type ImageAttributeName = (typeof imageAttributeNames)[number]

/**
 * A number of one image.
 * @param pixels channels × height × width bytes, plane after plane
 * @throws FrostglassError `shape` for other channels than the attribute has (one for a stroke, three for colour)
 */
export type ImageAttribute = (pixels: Uint8Array, height: number, width: number) => number

/** Two limits: classes are up to the first, up to the second, and above it. */
export type Cuts = readonly [low: number, high: number]

/** From which grey value on a pixel is ink. */
const ink = 128

/** How an attribute is measured. */
export const imageAttribute = (name: ImageAttributeName): ImageAttribute => measures[name]

const measures: Readonly<Record<ImageAttributeName, ImageAttribute>> = {
  /** μ11/μ02 of grey values as masses: columns right a row down. 0 for what has no height: no ink, or one row. */
  slant(pixels, height, width) {
    requireChannels('slant', pixels, height, width, 1)
    let mass = 0
    let [sumX, sumY] = [0, 0]
    for (let y = 0, i = 0; y < height; y++)
      for (let x = 0; x < width; x++, i++) {
        const w = pixels[i]!
        mass += w
        sumX += w * x
        sumY += w * y
      }
    if (mass === 0) return 0
    const [middleX, middleY] = [sumX / mass, sumY / mass]
    let [both, down] = [0, 0]
    for (let y = 0, i = 0; y < height; y++)
      for (let x = 0; x < width; x++, i++) {
        const w = pixels[i]!
        both += w * (x - middleX) * (y - middleY)
        down += w * (y - middleY) ** 2
      }
    return down === 0 ? 0 : both / down
  },

  /** 2A/E in pixels: A pixels of ink, E borders between ink and what is none, the outside among it. 0 without ink. */
  thickness(pixels, height, width) {
    requireChannels('thickness', pixels, height, width, 1)
    const isInk = (y: number, x: number) =>
      y >= 0 && y < height && x >= 0 && x < width && pixels[y * width + x]! >= ink
    let [area, border] = [0, 0]
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        if (!isInk(y, x)) continue
        area++
        for (const [down, right] of neighbours) if (!isInk(y + down, x + right)) border++
      }
    return area === 0 ? 0 : (2 * area) / border
  },

  /** The class of `colorNames` whose lit channels have at least half of the brightest one's light: white without any. */
  colour(pixels, height, width) {
    requireChannels('colour', pixels, height, width, 3)
    const area = height * width
    const light = [0, 1, 2].map((c) => {
      let sum = 0
      for (let i = c * area; i < (c + 1) * area; i++) sum += pixels[i]!
      return sum
    })
    const brightest = Math.max(...light)
    const lit = light.map((sum) => (2 * sum >= brightest ? 1 : 0))
    return colorShares.findIndex((share) => share.every((v, c) => v === lit[c]))
  },
}

const neighbours = [
  [0, 1],
  [1, 0],
  [0, -1],
  [-1, 0],
] as const

/** The attribute of every image of a set, in its order. @throws FrostglassError `shape` as {@link ImageAttribute} */
export function measuredValues(set: ImageSet, name: ImageAttributeName): Float64Array {
  const [, height, width] = set.shape
  const size = imageSize(set.shape)
  const measure = imageAttribute(name)
  return Float64Array.from({ length: set.count }, (_, i) =>
    measure(set.pixels.subarray(i * size, (i + 1) * size), height, width),
  )
}

/**
 * Quantiles ⅓ and ⅔ of values (training values: cuts learned from others would tell of them), between two of them
 * linearly.
 * @throws FrostglassError `input` for fewer than three values, or where less than three classes come of them
 */
export function tercileCuts(values: ArrayLike<number>): Cuts {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) => {
    const place = share * (sorted.length - 1)
    const below = Math.floor(place)
    const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!]
    return low + (place - below) * (high - low)
  }
  if (sorted.length >= 3) {
    const cuts: Cuts = [at(1 / 3), at(2 / 3)]
    if (sorted[0]! <= cuts[0] && cuts[0] < cuts[1] && cuts[1] < sorted.at(-1)!) return cuts
  }
  throw new FrostglassError(
    'input',
    `${sorted.length} values give no three classes`,
    'Give more images, of which the attribute differs.',
  )
}

/** 0, 1 or 2: how many of the cuts lie below the value. */
export const tercileOf = (value: number, [low, high]: Cuts): number =>
  Number(value > low) + Number(value > high)

/** The attribute of every image as classes: the colours, or terciles between `cuts` that training images gave. */
export function measuredLabels(set: ImageSet, name: 'colour'): Labels
export function measuredLabels(set: ImageSet, name: 'slant' | 'thickness', cuts: Cuts): Labels
export function measuredLabels(set: ImageSet, name: ImageAttributeName, cuts?: Cuts): Labels {
  const values = measuredValues(set, name)
  return cuts === undefined
    ? { names: colorNames, of: Int32Array.from(values) }
    : { names: ['low', 'middle', 'high'], of: Int32Array.from(values, (value) => tercileOf(value, cuts)) }
}

function requireChannels(
  name: string,
  pixels: Uint8Array,
  height: number,
  width: number,
  channels: 1 | 3,
): void {
  if (pixels.length === channels * height * width) return
  throw new FrostglassError(
    'shape',
    `${name} is of images of ${channels} channel${channels === 1 ? '' : 's'}: ${channels} × ${height} × ${width} bytes, these are ${pixels.length}`,
    channels === 1 ? 'Read them with one channel.' : 'Grey images have no colour.',
  )
}
