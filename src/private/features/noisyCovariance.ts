// The covariance of rows with Gaussian noise: exact sums of products, noise added to whole numbers.
// Source: Dwork, Talwar, Thakurta and Zhang 2014, Analyze Gauss; PROOF.md, section 4.
// Rows are not centred here. A price is the caller's to say, and n is public.

import type { RandomSource } from '../../random/source.ts'
import { exponentOf } from '../mechanisms/exponent.ts'
import { type WholeNoise, wholeNoise } from '../training/roundedGaussian.ts'
import { raised } from './noisySums.ts'
import { type RowGrid, rowGrid } from './wholeRows.ts'
import { type Rows, sumOfProducts } from './wholeSums.ts'

// Of a row's norm: ⌊norm / step⌋ is 2^14 to 2^15 at most. More would ask for a finer grid of the noise on products.
const bits = 15

/** The grid that rows are put on: a product's step is a whole number of steps of the noise on it. */
export const gridOfProducts = (norm: number, noiseOnDiagonal: WholeNoise): RowGrid =>
  rowGrid(norm, Math.max(Math.ceil(noiseOnDiagonal.exponent / 2), exponentOf(norm) + 1 - bits))

/**
 * Σ x xᵀ / (n `norm`²) with Gaussian noise, [width, width], symmetric. The vector that it is made of has the upper half of Σ x xᵀ, entries
 * off the diagonal times √2: one row moves it by ‖x‖² at most.
 * @param options.noiseMultiplier noise on that vector over `norm`²
 * @param options.norm rows that are longer are shortened to it
 */
export async function noisyCovariance(
  rows: Rows,
  options: {
    readonly norm: number
    readonly noiseMultiplier: number
    readonly random: RandomSource
    readonly threads?: number | undefined
    readonly signal?: AbortSignal | undefined
  },
): Promise<Float32Array> {
  const { norm, noiseMultiplier, random } = options
  const { count, width } = rows
  const deviation = raised(noiseMultiplier * norm * norm)
  const [onDiagonal, offDiagonal] = [wholeNoise(deviation), wholeNoise(raised(deviation * Math.SQRT1_2))]
  // The noise off the diagonal is smaller, its grid as fine or finer.
  const grid = gridOfProducts(norm, onDiagonal)
  const sums = await sumOfProducts(rows, grid, options)
  const covariance = new Float32Array(width * width)
  const drawn = new Float64Array(width)
  for (let i = 0, at = 0; i < width; i++)
    for (const [noise, end] of [
      [onDiagonal, i + 1],
      [offDiagonal, width],
    ] as const) {
      const from = noise === onDiagonal ? i : i + 1
      const part = drawn.subarray(from, end)
      noise.fill(part, random)
      const times = 2 ** (2 * grid.exponent - noise.exponent)
      const unit = 2 ** noise.exponent / norm / norm / count
      for (let j = from; j < end; j++, at++) {
        const value = sums.plus(at, times, drawn[j]!) * unit
        covariance[i * width + j] = value
        covariance[j * width + i] = value
      }
    }
  return covariance
}
