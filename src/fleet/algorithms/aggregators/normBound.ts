// No update counts for more than a norm: a boosted one is shortened, then all are averaged.
// Source: Sun, Kairouz, Suresh, McMahan 2019, section 4 (norm thresholding); Bagdasaryan et al. 2018 for what it is against.
// f liars of n move the mean by f / n of the norm at most; they do move it, every round. It is no breakdown but a bound.

import { FrostglassError } from '../../../errors.ts'
import { type Aggregator, type Weighted, weightedMean } from './weightedMean.ts'

/**
 * @param norm the most that an update may be long, L2
 * @param inner what is made of the bounded updates; the mean by rows unless given, whose rows a liar states itself
 * @throws FrostglassError 'usage' unless the norm is positive
 */
export function normBound(norm: number, inner: Aggregator = weightedMean): Aggregator {
  if (!(norm > 0)) throw new FrostglassError('usage', `a norm bound is above 0, not ${norm}`)
  return (vectors) => inner(vectors.map((one) => bounded(one, norm)))
}

function bounded({ vector, examples }: Weighted, norm: number): Weighted {
  const length = Math.sqrt(vector.reduce((sum, v) => sum + v * v, 0))
  if (length <= norm) return { vector, examples }
  // What is no number, or too long to be measured, is worth nothing.
  if (!Number.isFinite(length)) return { vector: new Float64Array(vector.length), examples }
  return { vector: vector.map((v) => (v * norm) / length), examples }
}
