// Above threshold: a stream of counts, told of each whether it is high, at a price that only high ones use up.
// Source: Lyu, Su, Li 2017, Algorithm 1 and its proof, and 4.2 for the split of ε; here on integers.
// It does not promise the variants that draw no noise for each query, or release the noisy counts: those are broken.

import { FrostglassError } from '../../errors.ts'
import { type RandomSource, systemRandom } from '../../random/source.ts'
import { requireObject, shown } from '../accounting/check.ts'
import { drawDiscreteLaplace } from './exactRandom.ts'
import { distanceOf, type Measurement, pureLoss } from './measurement.ts'
import {
  type Exact,
  exactly,
  positive,
  positiveEpsilon,
  product,
  quotient,
  rational,
  sum,
  whole,
} from './rational.ts'

/** What a stream of queries is held to. None of it may depend on the data. */
export interface AboveThresholdOptions {
  threshold: bigint
  /** How much one unit moves any query's value, at most. */
  sensitivity: Exact
  /** Pure ε of the whole stream at distance one. */
  epsilon: Exact
  /** How many answers may be `true` before the stream ends, 1 unless given. */
  positives?: number | undefined
}

/**
 * Answers for each integer of a stream whether it is at or above a threshold, both with discrete Laplace noise: ε₁ of ε for
 * the threshold, drawn once (scale s / ε₁), ε₂ for the queries (scale 2 c s / ε₂ each), with ε₂ = (2c)^(2/3) ε₁. The stream
 * ends at the c-th `true`; answers of `false` cost nothing, however many.
 *
 * Pure ε = ε₁ + ε₂, however the queries are chosen: the proof shifts the threshold's noise by s and that of the c queries
 * answered `true` by 2 s, and integers shifted by integers stay integers.
 * @returns a measurement of streams. Its answers come one by one, each when it is asked for, so that a query may depend on
 * the answers before it; what is left out may be left out.
 * @throws FrostglassError `usage` unless the threshold is an integer, sensitivity and ε lie in their ranges, and `positives` is
 * a positive integer. @throws RangeError for a query that is no integer, when it is asked.
 * @example
 * const days = aboveThreshold({ threshold: 100n, sensitivity: 1, epsilon: 1 })
 * for (const high of days.invoke(visitorsByDay)) if (high) alarm()
 */
export function aboveThreshold(
  options: AboveThresholdOptions,
): Measurement<Iterable<bigint>, Iterable<boolean>> {
  requireObject('the options of a mechanism', options)
  const { threshold } = options
  if (typeof threshold !== 'bigint')
    throw new FrostglassError(
      'usage',
      `threshold must be an integer as a bigint, but ${shown(threshold)} came`,
      'Give one such as 100n.',
    )
  const positives = whole('positives', options.positives ?? 1)
  const sensitivity = positive('sensitivity', options.sensitivity)
  const epsilon = positiveEpsilon('epsilon', options.epsilon)
  // Any split is private; this one is good. So its cube root may be a double, taken exactly from here on.
  const share = exactly(Math.cbrt((2 * positives) ** 2))
  const forThreshold = quotient(epsilon, sum(rational(1n), share))
  const forQueries = product(forThreshold, share)
  const thresholdScale = quotient(sensitivity, forThreshold)
  const queryScale = quotient(product(rational(2n * BigInt(positives)), sensitivity), forQueries)

  function* answers(queries: Iterable<bigint>, random: RandomSource): Generator<boolean> {
    const noisy = threshold + drawDiscreteLaplace(thresholdScale, random)
    let left = positives
    for (const value of queries) {
      if (typeof value !== 'bigint') throw new RangeError(`queries are integers, but ${shown(value)} came`)
      const above = value + drawDiscreteLaplace(queryScale, random) >= noisy
      if (above) left--
      yield above
      if (left === 0) return
    }
  }

  return Object.freeze({
    name: 'above threshold',
    distance: 'units' as const,
    invoke: (queries: Iterable<bigint>, random: RandomSource = systemRandom) => answers(queries, random),
    map: (distance: Exact) => pureLoss(product(epsilon, distanceOf(distance, true))),
  })
}
