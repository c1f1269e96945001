// More images from few: each as it is, and moved by one pixel up, down, left and right.
// Source: LeCun et al. 1998 (translations of digits); what a classifier of digits should not mind.
// Only for sets of which a moved image is still one of its class.

import { type ImageSet, imageSize } from './imageSet.ts'

const moves = [
  [0, 0],
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const

/** Five images for each, one after another; pixels that come in are 0. Labels and attributes go with them. */
export function shiftedImages(set: ImageSet): ImageSet {
  const [channels, height, width] = set.shape
  const size = imageSize(set.shape)
  const count = set.count * moves.length
  const pixels = new Uint8Array(count * size)
  for (let image = 0; image < set.count; image++) {
    moves.forEach(([down, right], move) => {
      const to = (image * moves.length + move) * size
      for (let channel = 0; channel < channels; channel++) {
        for (let y = Math.max(0, down); y < height + Math.min(0, down); y++) {
          const row = channel * height
          const from = image * size + (row + y - down) * width
          const line = set.pixels.subarray(from + Math.max(0, -right), from + width - Math.max(0, right))
          pixels.set(line, to + (row + y) * width + Math.max(0, right))
        }
      }
    })
  }
  const repeated = <T extends { readonly of: Int32Array }>(labels: T): T => ({
    ...labels,
    of: Int32Array.from({ length: count }, (_, i) => labels.of[Math.floor(i / moves.length)]!),
  })
  return Object.freeze({
    name: `${set.name}, shifted`,
    shape: set.shape,
    count,
    pixels,
    labels: set.labels ? repeated(set.labels) : undefined,
    attributes: Object.fromEntries(
      Object.entries(set.attributes).map(([name, labels]) => [name, repeated(labels)]),
    ),
  })
}
