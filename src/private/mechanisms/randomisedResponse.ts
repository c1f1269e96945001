// Randomised response: each person answers for themselves, truly or not, so that nobody need be trusted.
// Source: Warner 1965; Kairouz, Bonawitz, Ramage 2016 (k categories).
// It does not promise accuracy for few people: a share's standard error is that of Poisson counts times the correction.

import { drawBelow } from '../../random/integers.ts'
import { systemRandom } from '../../random/source.ts'
import { requireObject } from '../accounting/check.ts'
import { drawBernoulliExp } from './exactRandom.ts'
import { distanceOf, type Measurement, pureLoss } from './measurement.ts'
import { type Exact, positiveEpsilon, product, roundedUp, whole } from './rational.ts'

/** Randomised response undoes itself on average. */
export interface RandomisedResponse extends Measurement<readonly number[], number[]> {
  /**
   * Unbiased estimates of how many people truly belong to each category, from all their answers: for a category with
   * share y of n answers, n (y − q) / (p − q), where an answer is true with probability p and any other with q. May be
   * negative.
   */
  estimate(answers: readonly number[]): number[]
}

/**
 * Each answer is the true one with e^ε times the probability of any other: a uniform category is drawn until one is kept,
 * the true one for certain, any other with probability e^−ε, exactly.
 * @param options.categories how many, 2 or more; answers are 0 … categories − 1.
 * @returns a measurement of lists of answers; a unit is one person's answer changed. It holds for each person alone, so
 * `invoke([mine])` on a person's own machine is the usual way.
 * @throws FrostglassError `usage` unless ε lies from 2^−80 to 2^64, and there are 2 to 10^6 categories.
 * @throws RangeError for an answer that is none of them.
 * @example randomisedResponse({ categories: 2, epsilon: 1 }).invoke([1])    // [ 1 ] with probability 0.73
 */
export function randomisedResponse(options: { categories: number; epsilon: Exact }): RandomisedResponse {
  requireObject('the options of a mechanism', options)
  const categories = whole('categories', options.categories, 2, 1e6)
  const epsilon = positiveEpsilon('epsilon', options.epsilon)

  function category(answer: number): number {
    if (Number.isInteger(answer) && answer >= 0 && answer < categories) return answer
    throw new RangeError(`an answer is an integer from 0 to ${categories - 1}, but ${answer} came`)
  }

  function listed(answers: readonly number[]): readonly number[] {
    if (Array.isArray(answers)) return answers
    throw new RangeError('answers are a list')
  }

  return Object.freeze({
    name: 'randomised response',
    distance: 'units' as const,
    invoke: (answers: readonly number[], random = systemRandom) =>
      listed(answers).map((answer) => {
        const truth = category(answer)
        for (;;) {
          const drawn = drawBelow(categories, random)
          if (drawn === truth || drawBernoulliExp(epsilon.numerator, epsilon.denominator, random))
            return drawn
        }
      }),
    map: (distance: Exact) => pureLoss(product(epsilon, distanceOf(distance, true))),
    estimate(answers: readonly number[]) {
      const counts = new Array<number>(categories).fill(0)
      for (const answer of listed(answers)) counts[category(answer)]!++
      // q = r / (1 + (k − 1) r) and p − q = (1 − r) / (1 + (k − 1) r) with r = e^−ε.
      const e = roundedUp(epsilon)
      const r = Math.exp(-e)
      const whole = 1 + (categories - 1) * r
      return counts.map((count) => (count * whole - answers.length * r) / -Math.expm1(-e))
    },
  })
}
