// How alike two images are: mean squared error, peak signal-to-noise ratio, structural similarity.
// Source: Wang, Bovik, Sheikh and Simoncelli, Image Quality Assessment (2004): 11×11 Gaussian window, σ 1.5.
// Alike to these formulas is not alike to the eye: a digit that anybody reads can score 0.5. Look at the sheets too.

import type { ImageShape } from '../../data/index.ts'
import { throwIfAborted } from '../../errors.ts'
import { meanInterval } from '../../statistics/bootstrap.ts'
import { mean } from '../../statistics/moments.ts'
import type { Measure } from './contract.ts'

/** One number an image; pixels count from 0 to 1. */
export interface Similarities {
  /** Mean squared difference of pixels, 0 … 1. */
  readonly mse: Float64Array
  /** 10·log10(1 / mse) in dB; at most `mostDecibel`, which equal images get. */
  readonly psnr: Float64Array
  /** Mean structural similarity, −1 … 1; the mean over the channels. */
  readonly ssim: Float64Array
}

/** What equal images count as, in dB: beyond what eight bits can tell (one step in one of 2,000 pixels is 81 dB). */
export const mostDecibel = 100

const [k1, k2, sigma, radius] = [0.01, 0.03, 1.5, 5]
const c1 = k1 * k1
const c2 = k2 * k2

/**
 * Compares images pairwise: image i of `a` with image i of `b`.
 * @param a planar bytes of whole images, 0 … 255; `b` the same, or one image that all are compared with
 * @throws RangeError when lengths do not fit
 */
export function imageSimilarity(a: Uint8Array, b: Uint8Array, shape: ImageShape): Similarities {
  const [channels, height, width] = shape
  const plane = height * width
  const size = channels * plane
  if (size < 1 || a.length % size !== 0 || (b.length !== a.length && b.length !== size)) {
    throw new RangeError(
      `images of [${shape}] have ${size} bytes each, and as many on both sides, not ${a.length} and ${b.length} bytes`,
    )
  }
  const count = a.length / size
  const result = {
    mse: new Float64Array(count),
    psnr: new Float64Array(count),
    ssim: new Float64Array(count),
  }
  const compare = structure(height, width)
  for (let i = 0; i < count; i++) {
    const from = i * size
    const other = b.length === a.length ? from : 0
    let squares = 0
    for (let j = 0; j < size; j++) squares += (a[from + j]! - b[other + j]!) ** 2
    const mse = squares / size / 65025
    let ssim = 0
    for (let c = 0; c < channels; c++) {
      ssim += compare(
        a.subarray(from + c * plane, from + (c + 1) * plane),
        b.subarray(other + c * plane, other + (c + 1) * plane),
      )
    }
    result.mse[i] = mse
    result.psnr[i] = mse === 0 ? mostDecibel : Math.min(mostDecibel, -10 * Math.log10(mse))
    result.ssim[i] = ssim / channels
  }
  return result
}

/** Means over images with bootstrap intervals, as a report has them: `mse`, `psnr`, `ssim`. */
export function similarityMeasures(similarities: Similarities, seed: number): Measure[] {
  return (['mse', 'psnr', 'ssim'] as const).map((name) => ({
    name,
    value: mean(similarities[name]),
    interval: meanInterval(similarities[name], seed),
  }))
}

/**
 * The constant image that resembles most: the one grey level that gives these images the highest mean SSIM. What
 * somebody guesses who has seen nothing at all.
 */
export function bestConstant(
  images: Uint8Array,
  shape: ImageShape,
  signal?: AbortSignal,
): { readonly level: number; readonly ssim: Float64Array } {
  let best: { level: number; ssim: Float64Array } = { level: 0, ssim: new Float64Array(0) }
  let most = Number.NEGATIVE_INFINITY
  for (const level of [0, 32, 64, 96, 128, 160, 192, 224, 255]) {
    throwIfAborted(signal)
    const constant = new Uint8Array(shape[0] * shape[1] * shape[2]).fill(level)
    const { ssim } = imageSimilarity(images, constant, shape)
    const average = mean(ssim)
    if (average > most) {
      most = average
      best = { level, ssim }
    }
  }
  return best
}

/** The image whose every pixel is the mean over all images. */
export function meanImage(images: Uint8Array, shape: ImageShape): Uint8Array {
  const size = shape[0] * shape[1] * shape[2]
  const count = images.length / size
  const sums = new Float64Array(size)
  for (let i = 0; i < images.length; i++) sums[i % size]! += images[i]!
  return Uint8Array.from(sums, (sum) => Math.round(sum / count))
}

/** SSIM of planes of one size; buffers are allocated once. Windows lie inside the image, as Wang's code has them. */
function structure(height: number, width: number): (a: Uint8Array, b: Uint8Array) => number {
  // An image smaller than the window has one as large as it can be, odd: the same formula on what there is.
  const [down, across] = [windowOf(height), windowOf(width)]
  const rows = height - down.length + 1
  const columns = width - across.length + 1
  const narrow = new Float64Array(height * columns)
  const maps = Array.from({ length: 5 }, () => new Float64Array(rows * columns))
  const blur = (value: (i: number) => number, into: Float64Array) => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < columns; x++) {
        let sum = 0
        for (let t = 0; t < across.length; t++) sum += across[t]! * value(y * width + x + t)
        narrow[y * columns + x] = sum
      }
    }
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        let sum = 0
        for (let t = 0; t < down.length; t++) sum += down[t]! * narrow[(y + t) * columns + x]!
        into[y * columns + x] = sum
      }
    }
  }
  return (a, b) => {
    const [meanA, meanB, squareA, squareB, product] = maps as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    blur((i) => a[i]! / 255, meanA)
    blur((i) => b[i]! / 255, meanB)
    blur((i) => (a[i]! / 255) ** 2, squareA)
    blur((i) => (b[i]! / 255) ** 2, squareB)
    blur((i) => (a[i]! / 255) * (b[i]! / 255), product)
    let sum = 0
    for (let i = 0; i < meanA.length; i++) {
      const [ma, mb] = [meanA[i]!, meanB[i]!]
      const above = (2 * ma * mb + c1) * (2 * (product[i]! - ma * mb) + c2)
      const below = (ma * ma + mb * mb + c1) * (squareA[i]! - ma * ma + squareB[i]! - mb * mb + c2)
      sum += above / below
    }
    return sum / meanA.length
  }
}

function windowOf(side: number): Float64Array {
  const reach = Math.min(radius, (side - 1) >> 1)
  const taps = Float64Array.from({ length: 2 * reach + 1 }, (_, t) =>
    Math.exp(-((t - reach) ** 2) / (2 * sigma * sigma)),
  )
  const sum = taps.reduce((a, b) => a + b)
  return taps.map((t) => t / sum)
}
