// One of several candidates, by score: permute-and-flip, and the largest of noisy counts.
// Source: McKenna and Sheldon 2020 (permute-and-flip); Dwork and Roth 2014, 3.3 (report noisy max).
// They do not promise to say how good the winner is: its score is to be released by another mechanism.

import { drawBelow } from '../../random/integers.ts'
import { systemRandom } from '../../random/source.ts'
import { requireObject } from '../accounting/check.ts'
import { drawBernoulliExp, drawDiscreteLaplace } from './exactRandom.ts'
import { distanceOf, type Measurement, pureLoss, requireIntegers } from './measurement.ts'
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

/** What a mechanism that selects is held to. */
export interface SelectionOptions {
  /** How much one unit moves any candidate's score, at most. */
  sensitivity: Exact
  /** Pure ε at distance one. */
  epsilon: Exact
}

/**
 * The exponential mechanism's better sibling: candidates come in random order, and each is taken with probability
 * exp(−ε (best − score) / (2 sensitivity)), exactly; the best is taken for certain when its turn comes. Never worse than
 * the exponential mechanism, at the same pure ε (McKenna and Sheldon 2020, who prove both).
 * @returns a measurement of lists of finite scores, whose answer is the place (from 0) of the one selected.
 * @throws FrostglassError `usage` unless sensitivity and ε are positive and finite.
 * @example permuteAndFlip({ sensitivity: 1, epsilon: 1 }).invoke([3, 10, 9])    // 1, most often
 */
export function permuteAndFlip(options: SelectionOptions): Measurement<readonly number[], number> {
  requireObject('the options of a mechanism', options)
  const epsilon = positiveEpsilon('epsilon', options.epsilon)
  const rate = quotient(epsilon, product(rational(2n), positive('sensitivity', options.sensitivity)))
  return Object.freeze({
    name: 'permute and flip',
    distance: 'units' as const,
    invoke(scores: readonly number[], random = systemRandom) {
      refuseEmpty(scores)
      const exact = scores.map(exactly)
      const best = exactly(scores.reduce((a, b) => Math.max(a, b)))
      const order = scores.map((_, i) => i)
      for (let i = 0; ; i++) {
        const j = i + drawBelow(order.length - i, random)
        const candidate = order[j]!
        order[j] = order[i]!
        const score = exact[candidate]!
        const behind = sum(best, rational(-score.numerator, score.denominator))
        if (
          drawBernoulliExp(behind.numerator * rate.numerator, behind.denominator * rate.denominator, random)
        ) {
          return candidate
        }
      }
    },
    map: (distance: Exact) => pureLoss(product(epsilon, distanceOf(distance, true))),
  })
}

/**
 * The place of the largest of integer scores after discrete Laplace noise of scale 2 sensitivity / ε on each; of equal
 * ones the first.
 *
 * Pure ε: fix the others' noise. Candidate i wins just when its own noise is at least some integer a. Between inputs one
 * unit apart a grows by 2 sensitivity at most (ties fall the same way on both), and P[noise ≥ a + 2 s] ≥ e^−ε P[noise ≥ a].
 * @returns a measurement of lists of integers, whose answer is a place, from 0.
 * @throws FrostglassError `usage` unless sensitivity and ε are positive and finite.
 */
export function reportNoisyMax(options: SelectionOptions): Measurement<readonly bigint[], number> {
  requireObject('the options of a mechanism', options)
  const epsilon = positiveEpsilon('epsilon', options.epsilon)
  const scale = quotient(product(rational(2n), positive('sensitivity', options.sensitivity)), epsilon)
  return Object.freeze({
    name: 'report noisy max',
    distance: 'units' as const,
    invoke(scores: readonly bigint[], random = systemRandom) {
      refuseEmpty(scores)
      requireIntegers(scores)
      const noisy = scores.map((score) => score + drawDiscreteLaplace(scale, random))
      return noisy.reduce((best, score, i) => (score > noisy[best]! ? i : best), 0)
    },
    map: (distance: Exact) => pureLoss(product(epsilon, distanceOf(distance, true))),
  })
}

function refuseEmpty(scores: readonly unknown[]): void {
  if (!Array.isArray(scores) || scores.length === 0) throw new RangeError('there is nothing to select from')
}
