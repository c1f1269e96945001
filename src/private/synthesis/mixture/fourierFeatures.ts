// Rows as random Fourier features in whole numbers: inner products near a Gaussian kernel, and no row longer than one.
// Source: Rahimi and Recht 2007 (a cosine and a sine a frequency: length one exactly, where a cosine with a phase has √2).
// Frequencies are drawn without the rows and may be known; a row's numbers depend on that row alone (PROOF.md, section 2).

import { drawUniform, type RandomSource } from '../../../random/source.ts'
import { type RowGrid, rowGrid, wholeRow } from '../../features/wholeRows.ts'

/** How rows become features; it holds nothing of any row. */
export interface FourierFeatures {
  readonly columns: number
  /** Numbers of a row's features: a cosine and a sine a frequency, and one that is the same for all, which counts rows. */
  readonly width: number
  /** [columns × frequencies], a column's one after another. */
  readonly frequencies: Float64Array
}

/** A row's features are whole numbers of this many steps at most, in the L2 norm. */
export const grid: RowGrid = rowGrid(1, -12)

/**
 * What a row adds to the place that counts, and how long the rest of it is: together a little less than one, so that rounding makes no
 * row too long (up to 1,800 numbers; a longer one is cut off instead). Most is the sum's: an error of a count moves a centre along
 * itself alone.
 */
const counting = 1 / 2
const lasting = 0.86

/**
 * Draws frequencies: normal, of deviation 1 / `bandwidth`, for the kernel exp(−‖x − y‖² / 2 bandwidth²).
 * @param count of frequencies
 */
export function drawFeatures(
  { columns, count, bandwidth }: { columns: number; count: number; bandwidth: number },
  random: RandomSource,
): FourierFeatures {
  const frequencies = Float64Array.from({ length: columns * count }, () => drawNormal(random) / bandwidth)
  return { columns, width: 2 * count + 1, frequencies }
}

/** Standard normal, by Box and Muller: for what needs no exact law. */
export function drawNormal(random: RandomSource): number {
  const radius = Math.sqrt(-2 * Math.log(1 - drawUniform(random)))
  return radius * Math.cos(2 * Math.PI * drawUniform(random))
}

/**
 * The features of rows, [rows × width]: whole numbers, of each row at most `grid.longest` long.
 * @param rows numbers from 0 to 1, `columns` a row
 */
export function wholeFeatures(features: FourierFeatures, rows: Float32Array): Int16Array {
  const { columns, width } = features
  const count = rows.length / columns
  const all = new Int16Array(count * width)
  const into = new Float64Array(width)
  for (let row = 0; row < count; row++) {
    featuresOf(features, rows.subarray(row * columns, (row + 1) * columns), into)
    all.set(into, row * width)
  }
  return all
}

/** One row's, as {@link wholeFeatures} has them. @param into overwritten */
export function featuresOf(
  { columns, width, frequencies }: FourierFeatures,
  row: Float32Array,
  into: Float64Array,
): void {
  const count = (width - 1) / 2
  const phases = new Float64Array(count)
  for (let j = 0; j < columns; j++) {
    const x = row[j]!
    if (x === 0) continue
    const from = j * count
    for (let f = 0; f < count; f++) phases[f] = phases[f]! + x * frequencies[from + f]!
  }
  const scale = lasting / Math.sqrt(count)
  const real = new Float64Array(width)
  for (let f = 0; f < count; f++) {
    real[2 * f] = scale * Math.cos(phases[f]!)
    real[2 * f + 1] = scale * Math.sin(phases[f]!)
  }
  real[width - 1] = counting
  wholeRow(real, grid, into)
}

/** Rows in a sum of features, of what stands at its last place: a noisy number where that is noisy. */
export const rowsIn = (last: number): number => last / (counting * grid.longest)

/** What a sum of features is, over a number of rows, in parts of a feature's greatest length. */
export const meanOf = (sum: number, rows: number): number => sum / (rows * lasting * grid.longest)
