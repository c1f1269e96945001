// The mean of vectors, weighted by the rows that stand behind each.
// Source: McMahan et al. 2017, algorithm 1: Σ n_k / n · w_k. One node that lies moves it as far as it likes.

import { FrostglassError } from '../../../errors.ts'

/** A vector and the rows behind it. */
export interface Weighted {
  readonly vector: Float64Array
  readonly examples: number
}

/** Makes one vector of several. */
export type Aggregator = (vectors: readonly Weighted[]) => Float64Array

/** @throws FrostglassError 'input' for no vector, or no rows behind them */
export const weightedMean: Aggregator = (vectors) => {
  const rows = vectors.reduce((sum, { examples }) => sum + examples, 0)
  if (!(rows > 0)) throw new FrostglassError('input', 'no rows stand behind the updates', 'Wait for a node.')
  const mean = new Float64Array(vectors[0]!.vector.length)
  for (const { vector, examples } of vectors) {
    const share = examples / rows
    for (let i = 0; i < mean.length; i++) mean[i]! += vector[i]! * share
  }
  return mean
}
