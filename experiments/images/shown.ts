// A few images as an answer holds them, for the sheets of the report: bytes in base64, and what black and white stand for.
// Source: the papers' figures show one sample a digit.
// Obfuscated samples are no images: black is their 1st percentile, white their 99th, so that one sees what there is.

import { imageSize } from '../../src/data/images/imageSet.ts'
import type { SheetRow } from '../../src/data/images/sheet.ts'
import { type ImageSet, type ImageShape, takeImages } from '../../src/data/index.ts'

/** Images of one kind. JSON. */
export interface Shown {
  readonly shape: ImageShape
  /** Planar bytes, base64. */
  readonly bytes: string
  /** The numbers that 0 and 255 stand for, where the samples are no images. */
  readonly range?: readonly [low: number, high: number] | undefined
}

/** Row numbers of one image a class, in the order of classes; where there are colours, each class in another one. */
export function oneOfEach(set: ImageSet): Int32Array {
  const { labels, attributes } = set
  const color = attributes['color']
  if (!labels) return Int32Array.from({ length: Math.min(10, set.count) }, (_, i) => i)
  return Int32Array.from(labels.names, (_, c) => {
    const ofClass = [...labels.of.keys()].filter((row) => labels.of[row] === c)
    const wanted = ofClass.find((row) => !color || color.of[row] === c % color.names.length)
    return wanted ?? ofClass[0] ?? 0
  })
}

/** Images as they are. */
export const shownImages = (set: ImageSet): Shown => ({
  shape: set.shape,
  bytes: Buffer.from(set.pixels).toString('base64'),
})

/** Samples that have as many numbers as an image, [channels, height, width] each. */
export function shownSamples(samples: Float32Array, shape: ImageShape): Shown {
  const sorted = samples.slice().sort()
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!
  const [low, high] = [at(0.01), at(0.99)]
  const bytes = new Uint8ClampedArray(samples.map((v) => (255 * (v - low)) / (high - low || 1)))
  return { shape, bytes: Buffer.from(bytes.buffer).toString('base64'), range: [low, high] }
}

/** A row of a sheet. */
export const rowOf = ({ shape, bytes }: Shown): SheetRow => ({
  shape,
  pixels: new Uint8Array(Buffer.from(bytes, 'base64')),
})

/** Some images of a set and what a pane makes of them. */
export async function obfuscatedOf(
  pane: { protect(pixels: Uint8Array): Promise<Float32Array> },
  set: ImageSet,
  rows: Int32Array,
): Promise<Shown> {
  const some = takeImages(set, rows)
  const samples = await pane.protect(some.pixels)
  if (samples.length !== rows.length * imageSize(set.shape))
    throw new RangeError('the samples have another size than the images')
  return shownSamples(samples, set.shape)
}

/** Shown images of half the height and width: means of four pixels. */
export function halved({ shape, bytes, range }: Shown): Shown {
  const [channels, height, width] = shape
  const from = new Uint8Array(Buffer.from(bytes, 'base64'))
  const small = [channels, height >> 1, width >> 1] as const
  const planes = from.length / (height * width)
  const to = new Uint8Array(planes * small[1] * small[2])
  for (let p = 0; p < planes; p++)
    for (let y = 0; y < small[1]; y++)
      for (let x = 0; x < small[2]; x++) {
        const at = p * height * width + 2 * y * width + 2 * x
        const sum = from[at]! + from[at + 1]! + from[at + width]! + from[at + width + 1]!
        to[(p * small[1] + y) * small[2] + x] = Math.round(sum / 4)
      }
  return { shape: small, bytes: Buffer.from(to).toString('base64'), range }
}
