// The number in the middle.
// Source: the textbook.
// It sorts a copy: for a column of millions ask DuckDB.

/** The middle one in order; the mean of the two in the middle. NaN of nothing. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort()
  const half = (sorted.length - 1) / 2
  return (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2
}

/** {@link median} where null stands for what overflowed, beyond every number; null where it is one. */
export function medianOrNone(values: readonly (number | null)[]): number | null {
  const middle = median(values.map((value) => value ?? Number.POSITIVE_INFINITY))
  return Number.isFinite(middle) ? middle : null
}

/** The smaller of the two in the middle, one of the values; null stands for what overflowed, beyond every number. */
export const lowerMedian = (values: readonly (number | null)[]): number | null =>
  values.toSorted((a, b) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY))[
    (values.length - 1) >> 1
  ]!
