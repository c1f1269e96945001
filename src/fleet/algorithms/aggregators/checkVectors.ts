// What every robust aggregator asks of the vectors that it is given.
// Source: the files beside it.

import { FrostglassError } from '../../../errors.ts'
import type { Weighted } from './weightedMean.ts'

/** @returns the length of all vectors @throws FrostglassError 'input' for no vector, or vectors of several lengths */
export function requireVectors(vectors: readonly Weighted[]): number {
  const [first] = vectors
  if (!first) throw new FrostglassError('input', 'there is no update to aggregate', 'Wait for a node.')
  const size = first.vector.length
  if (vectors.every(({ vector }) => vector.length === size)) return size
  throw new FrostglassError('input', 'updates have several lengths', 'Use the same model on all nodes.')
}
