// The exponential mechanism over a list of candidates with scores, exactly; its price in zCDP is a quarter of what its ε says.
// Source: McSherry and Talwar 2007; Cesar and Rogers 2021, lemma 3.2 (ε-bounded range gives ρ = ε²/8).
// It does not promise to say how good the winner is: that is to be released by another mechanism.

import { systemRandom } from '../../random/source.ts'
import { requireObject } from '../accounting/check.ts'
import { drawByWeights, exponentialBounds } from './exponential.ts'
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
} from './rational.ts'
import type { SelectionOptions } from './select.ts'

/**
 * Candidate i with probability ∝ exp(ε score_i / (2 sensitivity)), exactly. Pure ε; and since no two candidates' log-probabilities
 * move apart by more than ε (bounded range), ρ = ε² / 8. Under ρ that is dearer to reach by permute-and-flip, whose range is not
 * bounded so.
 * @returns a measurement of lists of finite scores, whose answer is the place (from 0) of the one selected.
 * @throws FrostglassError `usage` unless sensitivity and ε are positive and finite. @throws RangeError for no scores.
 */
export function exponentialMechanism(options: SelectionOptions): Measurement<readonly number[], number> {
  requireObject('the options of a mechanism', options)
  const epsilon = positiveEpsilon('epsilon', options.epsilon)
  const rate = quotient(epsilon, product(rational(2n), positive('sensitivity', options.sensitivity)))
  return Object.freeze({
    name: 'exponential mechanism',
    distance: 'units' as const,
    invoke(scores: readonly number[], random = systemRandom) {
      if (!Array.isArray(scores) || scores.length === 0)
        throw new RangeError('there is nothing to select from')
      const exact = scores.map(exactly)
      const best = exactly(scores.reduce((a, b) => Math.max(a, b)))
      const behind = exact.map(({ numerator, denominator }) =>
        product(rate, sum(best, rational(-numerator, denominator))),
      )
      // The best one's weight is 1, so 128 places tell all others apart that are worth telling.
      return drawByWeights((precision) => behind.map((x) => exponentialBounds(x, precision)), 128, random)
    },
    map(distance: Exact) {
      const scaled = product(epsilon, distanceOf(distance, true))
      return pureLoss(scaled, { rho: quotient(product(scaled, scaled), rational(8n)) })
    },
  })
}
