// Where numbers lie, whatever the row: intervals, and what functions make of them.
// Source: interval arithmetic (Moore 1966). Rounding to nearest keeps order, so ends round as far as what lies between.
// A range may be wider than the values are; it says nothing of NaN.

import { doubleLiteral } from '../../data/duckdb.ts'

/** Where a column's numbers are held to lie. */
export interface Bounds {
  readonly lower: number
  readonly upper: number
}

/** A number held to its bounds; NULL stays NULL (greatest and least would make a bound of it). */
export const clamp = (sql: string, { lower, upper }: Bounds): string =>
  `(CASE WHEN ${sql} < ${doubleLiteral(lower)} THEN ${doubleLiteral(lower)} ` +
  `WHEN ${sql} > ${doubleLiteral(upper)} THEN ${doubleLiteral(upper)} ELSE ${sql} END)`

/** Around all of some ranges; none where one is not known. */
export function hull(ranges: readonly (Bounds | undefined)[]): Bounds | undefined {
  if (ranges.length === 0 || ranges.some((range) => range === undefined)) return undefined
  return around(ranges.flatMap((range) => [range!.lower, range!.upper]))
}

/** The narrowest range of some numbers. */
export const around = (corners: readonly number[]): Bounds => ({
  lower: Math.min(...corners),
  upper: Math.max(...corners),
})

/** What a function that never turns makes of a range. */
export const each = (range: Bounds | undefined, f: (x: number) => number): Bounds | undefined =>
  range && around([f(range.lower), f(range.upper)])

/** What a function of two makes of ranges, whose extremes are at their corners. */
export const pairs = (a: Bounds | undefined, b: Bounds | undefined, f: (x: number, y: number) => number) =>
  a && b && around([a.lower, a.upper].flatMap((x) => [f(x, b.lower), f(x, b.upper)]))
