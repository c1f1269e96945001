// Answers from votes: the noisy maximum, with Laplace noise, or with Gaussian noise where the teachers agree.
// Source: Papernot et al. 2017, section 2.1; Papernot et al. 2018, section 3 (algorithm 1, Confident-GNMax).
// Prices are of one teacher's votes changed at will; that one person reaches one teacher only is the caller's part.

import { type RandomSource, systemRandom } from '../../random/source.ts'
import { requireNoise, requireObject, requireOrder } from '../accounting/check.ts'
import type { RenyiCurve } from '../accounting/convert.ts'
import { logAdd } from '../accounting/renyi.ts'
import { drawDiscreteGaussian } from '../mechanisms/exactRandom.ts'
import { concentratedLoss, distanceOf, type Measurement } from '../mechanisms/measurement.ts'
import {
  type Exact,
  positive,
  product,
  quotient,
  type Rational,
  rational,
  roundedUp,
  sum,
  whole,
} from '../mechanisms/rational.ts'
import { reportNoisyMax } from '../mechanisms/select.ts'
import { likelyDivergence, likelyPureDivergence, twoSteps } from './divergence.ts'
import { logGaussianOvertakes, logGaussianReaches, logLaplaceOvertakes } from './tails.ts'
import { mostVoted, requireSigma, requireVotes } from './votes.ts'

/**
 * A measurement of votes (how many teachers chose each class) whose answer is a class, or undefined for none. Its `map`
 * holds whatever the votes are; a unit is a teacher whose vote may change.
 */
export interface Aggregation extends Measurement<readonly number[], number | undefined> {
  /**
   * The Rényi curve of one answer on just these votes, from its law to that on any votes that one teacher makes of them: far
   * below `map`'s where teachers agree. It depends on the votes, hence on the data: keep it, or publish it by `publishPrice`.
   * @throws RangeError for what are no votes.
   */
  price(votes: readonly number[]): RenyiCurve
}

/** The same with an opinion on whether to answer. */
export interface ConfidentAggregation extends Aggregation {
  readonly threshold: number
  readonly sigmaThreshold: number
  readonly sigma: number
  /** The price at an order for the largest count and log P[another class is answered], at most. */
  priceOf(most: number, logQ: number, order: number): number
  /** log P[a class that is `gap` votes behind is before the first after noise]. */
  logOvertakes(gap: number): number
}

/**
 * The class with most votes after discrete Laplace noise on each count: pure ε = 2 / scale an answer.
 *
 * @param options.scale 1/γ of the source; the noise's standard deviation is about √2 times that.
 * @throws FrostglassError 'usage' unless the scale is positive and finite.
 * @example noisyMax({ scale: 20 }).invoke([210, 25, 15])    // 0, nearly always
 */
export function noisyMax(options: { readonly scale: Exact }): Aggregation {
  requireObject('the options of an aggregation', options)
  const scale = positive('scale', options.scale)
  requireNoise('scale', roundedUp(scale))
  const selection = reportNoisyMax({ sensitivity: 1n, epsilon: quotient(rational(2n), scale) })
  const overtakes = remembered((gap) => logLaplaceOvertakes(gap, roundedUp(scale)))
  return Object.freeze({
    name: 'noisy max of votes',
    distance: 'units' as const,
    invoke(votes: readonly number[], random: RandomSource = systemRandom) {
      requireVotes(votes)
      return selection.invoke(votes.map(BigInt), random)
    },
    map: selection.map,
    price(votes: readonly number[]) {
      requireVotes(votes)
      const logQ = anotherAnswer(votes, overtakes)
      const { epsilon } = selection.map(1)
      return (order: number) => {
        requireOrder(order)
        return likelyPureDivergence(logQ, epsilon!, order)
      }
    },
  })
}

/**
 * Confident-GNMax: the largest count, after discrete Gaussian noise, is held against a threshold; where it is reached the
 * answer is the class with most votes after fresh noise on each count, and else there is none.
 *
 * A changed vote moves the largest count by 1 and the counts by √2 in L2 norm: ρ = 1/(2 σ₁²) + 1/σ². All draws are
 * integers, of equal counts the first class wins, and nothing is rounded.
 * @param options.threshold a whole number of votes.
 * @param options.sigmaThreshold σ₁ of the check, in votes.
 * @param options.sigma σ of the noisy maximum, in votes.
 * @throws FrostglassError 'usage' unless both σ lie from 10⁻³ to 10⁶ votes and the threshold is whole.
 * @example confidentGnmax({ threshold: 200, sigmaThreshold: 150, sigma: 40 }).invoke([240, 6, 4])    // 0, or undefined
 */
export function confidentGnmax(options: {
  readonly threshold: number
  readonly sigmaThreshold: Exact
  readonly sigma: Exact
}): ConfidentAggregation {
  requireObject('the options of an aggregation', options)
  const threshold = whole('threshold', options.threshold, -1e9, 1e9)
  const square = (x: Rational) => product(x, x)
  const check = square(positive('sigmaThreshold', options.sigmaThreshold))
  const variance = square(positive('sigma', options.sigma))
  const [sigmaThreshold, sigma] = [check, variance].map((v) => Math.sqrt(roundedUp(v))) as [number, number]
  requireSigma('sigmaThreshold', sigmaThreshold)
  requireSigma('sigma', sigma)
  const rho = sum(quotient(rational(1n), product(rational(2n), check)), quotient(rational(1n), variance))
  const map = (distance: Exact) => {
    const teachers = distanceOf(distance, true)
    return concentratedLoss(product(rho, square(teachers)))
  }
  const always = map(1).renyi!
  const slope = roundedUp(quotient(rational(1n), variance))
  const reaches = remembered((k) => logGaussianReaches(k, sigmaThreshold))
  const overtakes = remembered((gap) => logGaussianOvertakes(gap, sigma))
  const checked = (most: number): [yes: number, no: number] => [
    reaches(threshold - most),
    reaches(most - threshold + 1),
  ]
  function priceOf(most: number, logQ: number, order: number): number {
    const second = likelyDivergence(logQ, slope, order)
    const here = checked(most)
    // Where the largest count stays as it is, the check costs nothing, which is no more than at most − 1.
    const worst = [most - 1, most + 1].map((other) => twoSteps(here, checked(other), second, order))
    return Math.min(always(order), Math.max(...worst))
  }
  return Object.freeze({
    name: 'Confident-GNMax',
    distance: 'units' as const,
    threshold,
    sigmaThreshold,
    sigma,
    invoke(votes: readonly number[], random: RandomSource = systemRandom) {
      requireVotes(votes)
      const noisy = (n: number, v: Rational) => BigInt(n) + drawDiscreteGaussian(v, random)
      if (noisy(Math.max(...votes), check) < BigInt(threshold)) return undefined
      const counts = votes.map((n) => noisy(n, variance))
      return counts.reduce((best, n, i) => (n > counts[best]! ? i : best), 0)
    },
    map,
    price(votes: readonly number[]) {
      requireVotes(votes)
      const logQ = anotherAnswer(votes, overtakes)
      return (order: number) => {
        requireOrder(order)
        return priceOf(Math.max(...votes), logQ, order)
      }
    },
    priceOf,
    logOvertakes: overtakes,
  })
}

/** log of Σ P[class i is before the first one after noise], over the others: proposition 7 of the source, for our noise. */
function anotherAnswer(votes: readonly number[], overtakes: (gap: number) => number): number {
  const first = mostVoted(votes)
  return votes.reduce(
    (log, n, i) => (i === first ? log : logAdd(log, overtakes(votes[first]! - n))),
    Number.NEGATIVE_INFINITY,
  )
}

/** The same function, which computes each value once. */
function remembered(of: (whole: number) => number): (whole: number) => number {
  const known = new Map<number, number>()
  return (whole) => {
    const old = known.get(whole)
    if (old !== undefined) return old
    const value = of(whole)
    known.set(whole, value)
    return value
  }
}
