// The mean of rows, released once with Gaussian noise: what inputs are centred by before private training.
// Source: the Gaussian mechanism (Dwork and Roth 2014, appendix A), PROOF.md; Tramèr and Boneh 2021 normalise features so.
// The number of rows counts as known, as in training. What the release costs is the caller's to add to the training's.

import { FrostglassError } from '../../errors.ts'
import { sizeOf, type Tensor } from '../../graph/index.ts'
import { type RandomSource, systemRandom } from '../../random/source.ts'
import { gaussianLoss, type Release } from '../accounting/release.ts'
import { exponentOf } from '../mechanisms/exponent.ts'
import { wholeNoise } from '../training/roundedGaussian.ts'
import { raised, requireScales } from './noisySums.ts'
import { rowGrid } from './wholeRows.ts'
import { sumOfRows } from './wholeSums.ts'

/** A mean that was released. */
export interface PrivateMean {
  /** One number for each of a row's. */
  readonly mean: Float64Array
  /** What it cost: for `epsilonOf`, or for `noiseMultiplierFor` as `beside`. */
  readonly release: Release
}

// Of a row's norm, at least: ⌊norm / step⌋ is 2^25 to 2^26, unless the noise is so wide that its own grid is coarser.
const bits = 26

/**
 * The mean of rows, each of which counts as a vector of L2 norm `norm` at most, with noise of `noiseMultiplier` × `norm` on
 * the sum in each coordinate. Adjacent data sets differ in one row, which one of them has zeros in the place of; the number
 * of rows is public. The sum is exact: a row moves it by its own numbers on a grid and by nothing else, in any order.
 * @param rows [rows, …] of floats; bytes are not taken, so that nobody forgets how long such rows are
 * @param options.norm longer rows are shortened to it; group-normalised features of d numbers have √d at most
 * @throws FrostglassError `usage` for a norm outside 1e-100 … 1e100 or a multiplier outside 0.25 … 1e6, `input` for no rows
 * @example const { mean, release } = privateMean(features, { norm: 63, noiseMultiplier: 20 })
 */
export function privateMean(
  rows: Tensor,
  options: { norm: number; noiseMultiplier: number; random?: RandomSource | undefined },
): PrivateMean {
  const { norm, noiseMultiplier, random = systemRandom } = options
  requireScales(norm, noiseMultiplier)
  const { data, shape } = rows
  if (!(data instanceof Float32Array || data instanceof Float64Array) || data.length === 0)
    throw new FrostglassError(
      'input',
      'a private mean is of rows of floats, at least one',
      'Convert them to float32.',
    )
  const count = shape[0]!
  const width = sizeOf(shape.slice(1))
  const noise = wholeNoise(raised(noiseMultiplier * norm))
  const grid = rowGrid(norm, Math.max(noise.exponent, exponentOf(norm) + 1 - bits))
  const sums = sumOfRows({ data, count, width }, grid)
  const drawn = new Float64Array(width)
  noise.fill(drawn, random)
  const times = 2 ** (grid.exponent - noise.exponent)
  const step = 2 ** noise.exponent / count
  return {
    mean: drawn.map((whole, i) => sums.plus(i, times, whole) * step),
    release: gaussianLoss(noiseMultiplier),
  }
}

/** Takes a mean off every row, in place: of data of 60,000 × 3,969 numbers there is no second copy to spare. */
export function centre(rows: Tensor, mean: Float64Array): void {
  const data = rows.data as Float32Array
  const width = mean.length
  for (let at = 0; at < data.length; at += width)
    for (let i = 0; i < width; i++) data[at + i] = data[at + i]! - mean[i]!
}
