// A row as whole numbers on a grid, no longer than its norm: what sums are made of whose noise carries a proof.
// Source: PROOF.md, section 2; Mironov 2012 for what floats do to such proofs.
// A row that is not finite counts for nothing. What a row becomes depends on no other row, and on no place.

import { exponentOf } from '../mechanisms/exponent.ts'

/** Rows as they come. */
export type Floats = Float32Array | Float64Array

/** A grid, and how long a row may be on it. */
export interface RowGrid {
  /** A step is 2^exponent. */
  readonly exponent: number
  /** In steps, whole, 1 to 2^26: the squares of a row's numbers sum up to the square of this at most, exactly. */
  readonly longest: number
}

// Takes the fallback below the bound in spite of the rounding of its own length, for up to 2^30 numbers.
const slack = 2 ** -20

/** The grid of steps of 2^exponent for rows of a norm. @throws RangeError where a row would have less than one step */
export function rowGrid(norm: number, exponent: number): RowGrid {
  // Exact: a product with a power of two, rounded down.
  const longest = Math.floor(norm * 2 ** -exponent)
  if (!(longest >= 1 && longest <= 2 ** 26))
    throw new RangeError(`a row is 1 to 2^26 steps long, but ${longest} came`)
  return { exponent, longest }
}

/**
 * A row over the grid's step, shortened to the norm where it is longer, each number rounded; towards zero where rounding
 * to the nearest would make the row too long.
 * @param into as long as the row; whole numbers whose squares sum up to longest² at most
 */
export function wholeRow(row: Floats, { exponent, longest }: RowGrid, into: Float64Array): void {
  let largest = 0
  let finite = true
  for (let i = 0; i < row.length; i++) {
    const size = Math.abs(row[i]!)
    if (size > largest) largest = size
    if (!(size < Number.POSITIVE_INFINITY)) finite = false
  }
  // Below half a step all of it rounds to 0; above, its power of two is a normal number.
  if (!finite || largest < 2 ** (exponent - 1)) {
    into.fill(0)
    return
  }
  const scale = exponentOf(largest)
  // So that no square overflows, and none that counts underflows.
  const down = 2 ** -scale
  let squares = 0
  for (let i = 0; i < row.length; i++) {
    const v = row[i]! * down
    squares += v * v
  }
  const factor = Math.min(2 ** (scale - exponent), longest / Math.sqrt(squares))
  // Whatever was rounded up to here: what counts is this sum, which is exact.
  const most = longest * longest
  squares = 0
  for (let i = 0; i < row.length; i++) {
    const whole = Math.round(row[i]! * down * factor)
    into[i] = whole
    squares += whole * whole
  }
  if (squares <= most) return
  const shorter = factor * (1 - slack)
  squares = 0
  for (let i = 0; i < row.length; i++) {
    const whole = Math.trunc(row[i]! * down * shorter)
    into[i] = whole
    squares += whole * whole
  }
  if (!(squares <= most)) into.fill(0)
}
