// The median of each coordinate: no vector of fewer than half of the nodes can move it beyond what honest ones say.
// Source: Yin, Chen, Ramchandran, Bartlett 2018, definition 1. Breakdown: f < n / 2 of n nodes.
// It bounds each coordinate alone: liars choose within the honest range, in every coordinate at once. Rows do not count.

import { requireVectors } from './checkVectors.ts'
import type { Weighted } from './weightedMean.ts'

/**
 * The coordinate-wise median; of an even number the mean of the middle two, of which one may be a liar's where f = n / 2.
 * @throws FrostglassError 'input' for no vector, or vectors of several lengths
 */
export function coordinateMedian(vectors: readonly Weighted[]): Float64Array {
  const size = requireVectors(vectors)
  const column = new Float64Array(vectors.length)
  const middle = vectors.length / 2
  return Float64Array.from({ length: size }, (_, i) => {
    sortedColumn(vectors, i, column)
    return Number.isInteger(middle) ? (column[middle - 1]! + column[middle]!) / 2 : column[middle - 0.5]!
  })
}

/** One coordinate of all vectors, rising; what is no number counts as the largest of all. */
export function sortedColumn(vectors: readonly Weighted[], at: number, into: Float64Array): void {
  for (const [k, { vector }] of vectors.entries()) into[k] = vector[at]!
  into.sort()
}
