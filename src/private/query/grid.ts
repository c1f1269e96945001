// Numbers on a grid of powers of two, so that their sums are integers: exact, whatever the order that they are added in.
// Source: ../mechanisms/grid.ts (why noise wants integers); each value is rounded once, before it is clamped.
// It does not promise the stated bounds to the last bit: they are rounded to the grid as well.

import { doubleLiteral } from '../../data/duckdb.ts'
import { FrostglassError } from '../../errors.ts'
import { type Bounds, clamp } from './ranges.ts'

/** A value x counts as the integer T = round(x / 2^exponent) − low, held to 0 … steps. */
export interface Grid {
  readonly exponent: number
  /** The lower bound in steps of the grid, from 0. */
  readonly low: bigint
  /** The upper bound in steps from the lower. */
  readonly steps: bigint
}

/** How many steps a grid has: 2^`real` for reals, and for whole numbers one each unless they are more than 2^`whole`. */
interface Places {
  readonly real: number
  readonly whole: number
}

/** For sums: what rounding adds up to over a million rows is below a thousandth of one of them. */
const sums: Places = { real: 30, whole: 40 }

/** For quantiles, whose error grows with the logarithm of the steps. */
export const quantiles: Places = { real: 16, whole: 20 }

/**
 * Refuses bounds of which no range can be made.
 * @throws FrostglassError `usage`
 */
export function requireBounds(name: string, { lower, upper }: Bounds): void {
  const hint = `Say, for example, --bounds ${name}=0:100.`
  if (!(Number.isFinite(lower) && Number.isFinite(upper) && lower < upper))
    throw new FrostglassError('usage', `the bounds of ${name} are to be two finite numbers in order`, hint)
  if (!Number.isFinite(upper - lower))
    throw new FrostglassError(
      'usage',
      `the bounds of ${name} are too far apart: what lies between them is beyond the range of doubles`,
      hint,
    )
}

/** @throws FrostglassError `usage` for bounds that are not finite, in order, and apart. */
export function gridOf(name: string, { lower, upper }: Bounds, whole: boolean, places = sums): Grid {
  requireBounds(name, { lower, upper })
  const span = upper - lower
  const size = Math.ceil(Math.log2(Math.max(Math.abs(lower), Math.abs(upper))))
  const exponent = Math.max(
    // Rounded to the grid both ends are exact doubles.
    size - 52,
    whole
      ? Math.max(0, Math.ceil(Math.log2(span)) - places.whole)
      : Math.floor(Math.log2(span)) - places.real,
    -1000,
  )
  const low = BigInt(Math.round(lower * 2 ** -exponent))
  const steps = BigInt(Math.round(upper * 2 ** -exponent)) - low
  if (steps < 1n)
    throw new FrostglassError(
      'usage',
      `the bounds of ${name} are too close to each other for their size`,
      'Subtract a constant in the query.',
    )
  return { exponent, low, steps }
}

/** SQL of T as a double, exactly, before it is held to the grid; NULL for NULL and NaN. */
export const onGridSql = (sql: string, { exponent, low }: Grid): string =>
  `(CASE WHEN isnan(${sql}) THEN NULL ELSE round(${sql} * ${doubleLiteral(2 ** -exponent)}) - ${doubleLiteral(Number(low))} END)`

/** SQL of T from the same, held to 0 … steps. */
export const heldSql = (sql: string, { steps }: Grid): string =>
  `CAST(${clamp(sql, { lower: 0, upper: Number(steps) })} AS BIGINT)`
