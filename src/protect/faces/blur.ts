// Blur: each pixel becomes a Gaussian mean of those around it. Kept beside k-same because people use it, not because it protects.
// Source: Newton, Sweeney and Malin 2005; McPherson, Shokri and Shmatikov 2016 (networks that read through it).
// It promises nothing: who trains on blurred faces recognises most people (docs/results/publish/faces.md).

import type { ImageSet } from '../../data/index.ts'

/** @param sigma of the Gaussian in pixels, cut off at three times it; beyond the edge its pixels go on @throws RangeError unless positive */
export function blur(set: ImageSet, sigma: number): ImageSet {
  if (!(sigma > 0 && Number.isFinite(sigma))) throw new RangeError(`a blur of ${sigma} pixels`)
  const reach = Math.ceil(3 * sigma)
  const taps = Float64Array.from({ length: 2 * reach + 1 }, (_, t) =>
    Math.exp(-((t - reach) ** 2) / (2 * sigma ** 2)),
  )
  const sum = taps.reduce((a, b) => a + b)
  const weights = taps.map((tap) => tap / sum)
  const [channels, height, width] = set.shape
  const area = height * width
  const pixels = new Uint8Array(set.pixels.length)
  for (let plane = 0; plane < set.count * channels; plane++) {
    const source = set.pixels.subarray(plane * area, (plane + 1) * area)
    const across = along(source, weights, { lines: height, line: width, length: width, step: 1 })
    const both = along(across, weights, { lines: width, line: 1, length: height, step: width })
    pixels.set(Uint8ClampedArray.from(both), plane * area)
  }
  return Object.freeze({ ...set, pixels })
}

/** How numbers lie in an array: so many lines, each so far from the last, of so many numbers so far apart. */
interface Lines {
  readonly lines: number
  readonly line: number
  readonly length: number
  readonly step: number
}

function along(
  source: ArrayLike<number>,
  weights: Float64Array,
  { lines, line, length, step }: Lines,
): Float64Array {
  const reach = (weights.length - 1) / 2
  const out = new Float64Array(source.length)
  for (let l = 0; l < lines; l++)
    for (let i = 0; i < length; i++) {
      let sum = 0
      for (let t = -reach; t <= reach; t++) {
        const at = Math.max(0, Math.min(length - 1, i + t))
        sum += weights[t + reach]! * source[l * line + at * step]!
      }
      out[l * line + i * step] = sum
    }
  return out
}
