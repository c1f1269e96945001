// Pixelation: squares of pixels become their mean. Kept beside k-same because people use it, not because it protects.
// Source: Newton, Sweeney and Malin 2005; McPherson, Shokri and Shmatikov 2016 (networks that read through it).
// It promises nothing: who trains on pixelated faces recognises most people (docs/results/publish/faces.md).

import type { ImageSet } from '../../data/index.ts'

/** @param side of the squares in pixels, from the left upper corner; those at the other edges are smaller @throws RangeError unless a whole number of at least 1 */
export function pixelate(set: ImageSet, side: number): ImageSet {
  if (!(Number.isSafeInteger(side) && side >= 1)) throw new RangeError(`squares of ${side} pixels a side`)
  const [channels, height, width] = set.shape
  const pixels = new Uint8Array(set.pixels.length)
  for (let plane = 0; plane < set.count * channels; plane++) {
    const from = plane * height * width
    for (let top = 0; top < height; top += side)
      for (let left = 0; left < width; left += side) {
        const [bottom, right] = [Math.min(top + side, height), Math.min(left + side, width)]
        let sum = 0
        for (let y = top; y < bottom; y++)
          for (let x = left; x < right; x++) sum += set.pixels[from + y * width + x]!
        const mean = Math.round(sum / ((bottom - top) * (right - left)))
        for (let y = top; y < bottom; y++)
          pixels.fill(mean, from + y * width + left, from + y * width + right)
      }
  }
  return Object.freeze({ ...set, pixels })
}
