// The mean of rows, released once with Gaussian noise: what inputs are centred by before private training.
// Source: the Gaussian mechanism (Dwork and Roth 2014, appendix A); Tramèr and Boneh 2021 normalise features at such a price.
// The number of rows counts as known, as in training. What the release costs is the caller's to add to the training's.

import { FrostglassError } from '../../errors.ts'
import { sizeOf, type Tensor } from '../../graph/index.ts'
import { requirePositive } from '../accounting/check.ts'
import { gaussianLoss, type Release } from '../accounting/index.ts'
import { type RandomSource, systemRandom } from '../mechanisms/exactRandom.ts'
import { noisyMean } from '../training/noisyMean.ts'

/** A mean that was released. */
export interface PrivateMean {
  /** One number for each of a row's. */
  readonly mean: Float64Array
  /** What it cost: for `epsilonOf`, or for `noiseMultiplierFor` as `beside`. */
  readonly release: Release
}

// Sums in float64 are off by less than this part of the norm's bound for each of 2^32 rows.
const margin = 2 ** -10

/**
 * The mean of rows, each of which counts as a vector of L2 norm `norm` at most, with noise of `noiseMultiplier` × `norm` on
 * the sum in each coordinate. Adjacent data sets differ by one row more or less.
 * @param rows [rows, …] of floats; bytes are not taken, so that nobody forgets how long such rows are
 * @param options.norm longer rows are shortened to it; group-normalised features of d numbers have √d at most
 * @throws FrostglassError `usage` for numbers that are not positive and finite, `input` for no rows
 * @example const { mean, release } = privateMean(features, { norm: 63, noiseMultiplier: 20 })
 */
export function privateMean(
  rows: Tensor,
  options: { norm: number; noiseMultiplier: number; random?: RandomSource },
): PrivateMean {
  const { norm, noiseMultiplier, random = systemRandom } = options
  requirePositive('the norm', norm)
  requirePositive('the noise multiplier', noiseMultiplier)
  const { data, shape } = rows
  if (!(data instanceof Float32Array || data instanceof Float64Array) || data.length === 0)
    throw new FrostglassError('input', 'a private mean is of rows of floats, at least one', {
      hint: 'convert them to float32',
    })
  const count = shape[0] as number
  const width = sizeOf(shape.slice(1))
  const sums = new Float64Array(width)
  for (let row = 0; row < count; row++) {
    const at = row * width
    let squares = 0
    for (let i = 0; i < width; i++) squares += (data[at + i] as number) ** 2
    // A row that is not finite counts for nothing: it must not make the sum so.
    if (!Number.isFinite(squares)) continue
    const factor = Math.min(1, (norm * (1 - margin)) / Math.sqrt(squares))
    for (let i = 0; i < width; i++) sums[i] = (sums[i] as number) + factor * (data[at + i] as number)
  }
  noisyMean(noiseMultiplier * norm, count).release(sums, random)
  return { mean: sums, release: gaussianLoss(noiseMultiplier) }
}

/** Takes a mean off every row, in place: of data of 60,000 × 3,969 numbers there is no second copy to spare. */
export function centre(rows: Tensor, mean: Float64Array): void {
  const data = rows.data as Float32Array
  const width = mean.length
  for (let at = 0; at < data.length; at += width)
    for (let i = 0; i < width; i++) data[at + i] = (data[at + i] as number) - (mean[i] as number)
}
