// The mean of vectors, in which every node counts the same, whatever the rows behind it.
// Source: Zinkevich et al. 2010, algorithm 3; Karimireddy et al. 2020, algorithm 1. One node that lies moves it as far as it likes.

import { FrostglassError } from '../../../errors.ts'
import type { Weighted } from './weightedMean.ts'

/** @throws FrostglassError 'input' for no vector */
export function equalMean(vectors: readonly Pick<Weighted, 'vector'>[]): Float64Array {
  const [first] = vectors
  if (!first) throw new FrostglassError('input', 'there is no update to take the mean of', 'Wait for a node.')
  const mean = new Float64Array(first.vector.length)
  for (const { vector } of vectors) for (let i = 0; i < mean.length; i++) mean[i]! += vector[i]!
  for (let i = 0; i < mean.length; i++) mean[i]! /= vectors.length
  return mean
}
