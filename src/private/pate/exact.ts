// The exact price of an answer: Rényi divergences of its law on these votes against each way that one vote may change.
// Source: the definition; the noise is discrete, so that each class's chance is a sum over the integers.
// For judging bounds and for small runs: 90 neighbours of ten classes take tens of milliseconds.

import { requireCount, requireObject, requireOrder } from '../accounting/check.ts'
import type { RenyiCurve } from '../accounting/convert.ts'
import { logAdd } from '../accounting/renyi.ts'
import type { ConfidentAggregation } from './aggregate.ts'
import { twoSteps } from './divergence.ts'
import { logGaussianReaches, logGaussianTotal, logOneMinus } from './tails.ts'
import { mostVoted, requireSigma, requireVotes } from './votes.ts'

/** Noise beyond this many σ and the largest gap between counts is left out: less than 10^−25 of any class's chance. */
const reach = 11
/** Places of the window times classes: more is not summed. */
const MOST_WORK = 5e7

/** P[each class has the largest count after discrete Gaussian noise of σ on every count, the first of equal ones]. */
export function winningChances(votes: readonly number[], sigma: number): Float64Array {
  return logWinningChances(votes, sigma).map(Math.exp)
}

/**
 * The logarithms of these chances: a class far behind has one that no double holds, and still it decides what an answer gives
 * away at high orders.
 * @throws RangeError for what are no votes. @throws FrostglassError 'usage' for a σ outside its range, or a sum too long.
 */
function logWinningChances(votes: readonly number[], sigma: number): Float64Array {
  requireVotes(votes)
  requireSigma('sigma', sigma)
  const spread = Math.max(...votes) - Math.min(...votes)
  const far = Math.ceil(reach * sigma) + spread
  requireCount('the places that noise may reach, times classes,', far * votes.length, MOST_WORK)
  // log P[X = x] and log P[X ≤ x] for |x| up to far and the gap: single masses, added from the far left.
  const wide = far + spread + 1
  const mass = new Float64Array(2 * wide + 1)
  const below = new Float64Array(2 * wide + 1)
  const total = logGaussianTotal(sigma)
  let sum = logGaussianReaches(wide, sigma)
  for (let x = -wide; x <= wide; x++) {
    const logDensity = -0.5 * (x / sigma) ** 2 - total
    if (x > -wide) sum = logAdd(sum, logDensity)
    mass[x + wide] = logDensity
    below[x + wide] = Math.min(0, sum)
  }
  const chances = Float64Array.from(votes, (count, i) => {
    let chance = Number.NEGATIVE_INFINITY
    for (let x = -far; x <= far; x++) {
      let log = mass[x + wide]!
      for (let k = 0; k < votes.length; k++)
        if (k !== i) log += below[Math.min(wide, count + x - votes[k]! - (k < i ? 1 : 0)) + wide]!
      chance = logAdd(chance, log)
    }
    return chance
  })
  // The winner's own chance as what the others leave: near 1 that keeps their digits.
  const first = mostVoted(votes)
  const others = chances.reduce((log, p, i) => (i === first ? log : logAdd(log, p)), Number.NEGATIVE_INFINITY)
  chances[first] = logOneMinus(Math.min(0, others))
  return chances
}

/**
 * The Rényi divergence of the answer on these votes from that on any votes where one differs, the largest: what `price`
 * bounds from above. The laws are computed once.
 * @returns nats at any order above 1.
 * @throws RangeError for what are no votes. @throws FrostglassError 'usage' for an order that is none, or a sum too long.
 */
export function exactPrice(aggregation: ConfidentAggregation, votes: readonly number[]): RenyiCurve {
  requireObject('an aggregation', aggregation)
  requireVotes(votes)
  const { threshold, sigmaThreshold, sigma } = aggregation
  requireSigma('sigmaThreshold', sigmaThreshold)
  const lawOf = (counts: readonly number[]) => {
    const most = Math.max(...counts)
    return {
      checked: [
        logGaussianReaches(threshold - most, sigmaThreshold),
        logGaussianReaches(most - threshold + 1, sigmaThreshold),
      ] as const,
      chances: logWinningChances(counts, sigma),
    }
  }
  const here = lawOf(votes)
  const there = votes.flatMap((count, from) =>
    votes.flatMap((_, to) =>
      from === to || count === 0
        ? []
        : [lawOf(votes.map((n, i) => (i === from ? n - 1 : i === to ? n + 1 : n)))],
    ),
  )
  return (order) => {
    requireOrder(order)
    return Math.max(
      0,
      ...there.map((other) =>
        twoSteps(here.checked, other.checked, divergence(here.chances, other.chances, order), order),
      ),
    )
  }
}

/** From logarithms of both laws. Σ p ((p/q)^{α−1} − 1) keeps its digits where both are nearly the same. */
function divergence(p: Float64Array, q: Float64Array, order: number): number {
  const powers = p.map((chance, i) => (order - 1) * (chance - q[i]!))
  if (p.every((chance, i) => chance + powers[i]! < 0.5)) {
    const moment = p.reduce((sum, chance, i) => {
      const power = powers[i]!
      return (
        sum + (power < 1 ? Math.exp(chance) * Math.expm1(power) : Math.exp(chance + power) - Math.exp(chance))
      )
    }, 0)
    return Math.log1p(Math.max(0, moment)) / (order - 1)
  }
  const moment = p.reduce((log, chance, i) => logAdd(log, chance + powers[i]!), Number.NEGATIVE_INFINITY)
  return Math.max(0, moment) / (order - 1)
}
