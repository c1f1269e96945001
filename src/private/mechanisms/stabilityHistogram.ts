// Counts by key where the keys themselves are private: noise on each, and only what is well above zero is told.
// Source: Korolova, Kenthapadi, Mishra, Ntoulas 2009; Vadhan 2017, 3.3 (stability-based histograms).
// It does not promise rare keys: they are suppressed, and that is what protects them.

import { FrostglassError } from '../../errors.ts'
import { systemRandom } from '../../random/source.ts'
import { requireObject, shown } from '../accounting/check.ts'
import { drawDiscreteLaplace } from './exactRandom.ts'
import { distanceOf, type Measurement, pureLoss } from './measurement.ts'
import {
  against,
  type Exact,
  positiveEpsilon,
  product,
  quotient,
  rational,
  roundedUp,
  whole,
} from './rational.ts'

/** What a histogram with private keys is held to. */
export interface StabilityHistogramOptions {
  /** ε at distance one. */
  epsilon: Exact
  /** δ at distance one: the probability that a key that only one unit has is told. Above 0, below 1. */
  delta: number
  /** How many keys a unit has, at most; to each it adds 1 at most. 1 unless given. */
  keysPerUnit?: number | undefined
}

/** ε a key, at least: below, thresholds are beyond the integers of doubles. */
const LEAST_RATE = 2 ** -40

/** It says from where on counts are told. */
export interface StabilityHistogram extends Measurement<ReadonlyMap<string, bigint>, Map<string, bigint>> {
  /** Noisy counts from here on are told. */
  readonly threshold: bigint
}

/**
 * Adds discrete Laplace noise of scale m / ε to each positive count, for m keys a unit, and tells the keys whose noisy count
 * reaches the threshold, sorted, since the order of a map says who came first.
 *
 * (ε, δ): keys that both inputs have are a discrete Laplace mechanism at L1 distance m. A key that only one of them has is
 * told with probability P[noise ≥ threshold − 1] and else not, and of those there are m at most. For units d apart, both
 * by group: (d ε, d m P[noise ≥ threshold − d]).
 * @returns a measurement of counts of distinct units by key. A unit is a person added or removed; a person changed is two.
 * @throws FrostglassError `usage` unless ε lies from 2^−80 to 2^64 and by the key from 2^−40, 0 < δ < 1, and `keysPerUnit` is
 * a positive integer. @throws RangeError for what are no counts.
 */
export function stabilityHistogram(options: StabilityHistogramOptions): StabilityHistogram {
  requireObject('the options of a mechanism', options)
  const { delta } = options
  const epsilon = positiveEpsilon('epsilon', options.epsilon)
  if (!(typeof delta === 'number' && delta > 0 && delta < 1)) {
    throw new FrostglassError(
      'usage',
      `delta must lie between 0 and 1, but ${shown(delta)} came`,
      'Give a delta well below one over the number of people, such as 1e-6; it cannot be 0 where keys are private.',
    )
  }
  const keysPerUnit = whole('keysPerUnit', options.keysPerUnit ?? 1)
  const keys = rational(BigInt(keysPerUnit))
  const scale = quotient(keys, epsilon)
  const rate = roundedUp(quotient(epsilon, keys))
  if (rate < LEAST_RATE)
    throw new FrostglassError(
      'usage',
      `epsilon over keysPerUnit must be at least 2^−40, but ${rate} came`,
      'Take a larger ε: no count is above the threshold of so little a key.',
    )

  /** d m P[noise ≥ k], from above: for k ≥ 1, P = r^k / (1 + r) with r = e^(−1 / scale). */
  const missed = (k: number, distance: number) =>
    k < 1
      ? 1
      : Math.min(
          1,
          against((distance * keysPerUnit * Math.exp(-k * rate * (1 - 2 ** -50))) / (1 + Math.exp(-rate))),
        )

  let least = Math.max(
    1,
    Math.ceil((Math.log(keysPerUnit) - Math.log(delta) - Math.log1p(Math.exp(-rate))) / rate),
  )
  while (missed(least, 1) > delta) least++
  const threshold = BigInt(least) + 1n

  return Object.freeze({
    name: 'stability histogram',
    distance: 'units' as const,
    threshold,
    invoke(counts: ReadonlyMap<string, bigint>, random = systemRandom) {
      if (!(counts instanceof Map)) throw new RangeError('counts are a Map of bigints by key')
      const released: [string, bigint][] = []
      for (const [key, count] of counts) {
        // A key with nobody behind it must be as good as none.
        if (typeof count !== 'bigint') throw new RangeError(`counts are bigints, but ${shown(count)} came`)
        if (count <= 0n) continue
        const noisy = count + drawDiscreteLaplace(scale, random)
        if (noisy >= threshold) released.push([key, noisy])
      }
      return new Map(released.sort(([a], [b]) => (a < b ? -1 : 1)))
    },
    map(distance: Exact) {
      const units = distanceOf(distance, true)
      if (units.numerator === 0n) return pureLoss(units)
      const d = Number(units.numerator)
      return {
        approximate: { epsilon: roundedUp(product(epsilon, units)), delta: missed(least + 1 - d, d) },
      }
    },
  })
}
