// Columns of mean 0 and deviation 1, and back.
// Source: the textbook; a constant column becomes zeros.
// Means and deviations are taken in parts (moments.ts), so that columns near the largest doubles stay finite.

import { spreadInParts } from './moments.ts'

/** Mean and deviation to divide by: 1 for what is constant. */
export function scaleOf(values: ArrayLike<number>): { mean: number; deviation: number } {
  const { mean, deviation } = spreadInParts(values)
  return { mean, deviation: deviation || 1 }
}

/** A column with mean 0 and deviation 1. */
export function standardised(values: Float64Array): Float64Array {
  const { mean, deviation } = scaleOf(values)
  return values.map((x) => (x - mean) / deviation)
}

/** Columns to mean 0 and deviation 1 of all rows of these parts together, and back. @param parts one array a column each */
export function scalesOf(...parts: readonly (readonly Float64Array[])[]) {
  const scales = parts[0]!.map((_, f) => scaleOf(parts.flatMap((part) => Array.from(part[f] ?? []))))
  return {
    standardised: (columns: readonly Float64Array[]): Float64Array[] =>
      columns.map((column, f) => column.map((x) => (x - scales[f]!.mean) / scales[f]!.deviation)),
    restored: (columns: readonly Float64Array[]): Float64Array[] =>
      columns.map((column, f) => column.map((x) => x * scales[f]!.deviation + scales[f]!.mean)),
  }
}
