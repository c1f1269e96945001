// How far a table of the rows lies from what a model says of it: what the next table to count is chosen by.
// Source: McKenna, Mullins, Sheldon and Miklau 2022 (AIM): the ℓ1 distance, of which a row changes 1 at most.
// A score is as secret as the rows: only the exponential mechanism may see it.

import type { Bins } from './bins.ts'
import { type CodedRows, countsOf } from './counts.ts'
import { gathered } from './graphical/factor.ts'

/** Expectations on this grid: then every sum and difference of a score is exact, and a row moves it by 1 at most. */
const GRID = 1024

/** A number on the grid of scores. */
export const onGrid = (x: number): number => Math.round(x * GRID) / GRID

/** Σ |counts − expected| over the bins (over the cells without them). */
export function distanceScore(
  rows: CodedRows,
  columns: readonly number[],
  expected: Float64Array,
  bins?: Bins,
): number {
  const cells = countsOf(rows, columns)
  const counts = bins ? gathered(cells, bins.of, bins.count) : cells
  const model = bins ? gathered(expected, bins.of, bins.count) : expected
  let distance = 0
  for (let i = 0; i < counts.length; i++) distance += Math.abs(counts[i]! - onGrid(model[i]!))
  return distance
}
