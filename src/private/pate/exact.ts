// The exact price of an answer: Rényi divergences of its law on these votes against each way that one vote may change.
// Source: the definition; the noise is discrete, so that each class's chance is a sum over the integers.
// For judging bounds and for small runs: 90 neighbours of ten classes take tens of milliseconds.

import type { RenyiCurve } from '../accounting/convert.ts'
import { logAdd } from '../accounting/renyi.ts'
import type { ConfidentAggregation } from './aggregate.ts'
import { twoSteps } from './divergence.ts'
import { logGaussianReaches } from './tails.ts'
import { mostVoted, requireVotes } from './votes.ts'

/** Noise beyond this many σ and the largest gap between counts is left out: less than 10^−25 of any class's chance. */
const reach = 11

/** P[each class has the largest count after discrete Gaussian noise of σ on every count, the first of equal ones]. */
export function winningChances(votes: readonly number[], sigma: number): Float64Array {
  requireVotes(votes)
  const far = Math.ceil(reach * sigma) + Math.max(...votes) - Math.min(...votes)
  const mass = Float64Array.from({ length: 2 * far + 1 }, (_, i) => Math.exp(-0.5 * ((i - far) / sigma) ** 2))
  const total = mass.reduce((a, b) => a + b, 0)
  let sum = 0
  const below = mass.map((p, i) => {
    mass[i] = p / total
    sum += p / total
    return sum
  })
  const atMost = (x: number) => (x < -far ? 0 : x >= far ? 1 : (below[x + far] as number))
  const chances = Float64Array.from(votes, (own, i) => {
    let chance = 0
    for (let x = -far; x <= far; x++) {
      let p = mass[x + far] as number
      for (let k = 0; k < votes.length && p > 0; k++)
        if (k !== i) p *= atMost(own + x - (votes[k] as number) - (k < i ? 1 : 0))
      chance += p
    }
    return chance
  })
  // The winner's own chance as what the others leave: near 1 that keeps their digits.
  const first = mostVoted(votes)
  chances[first] = 1 - chances.reduce((rest, p, i) => (i === first ? rest : rest + p), 0)
  return chances
}

/**
 * The Rényi divergence of the answer on these votes from that on any votes where one differs, the largest: what `price`
 * bounds from above.
 * @returns nats at any order above 1; the laws are computed once. Infinity where a class's chance is below 10^−308 (gaps of
 * some 40 σ).
 */
export function exactPrice(aggregation: ConfidentAggregation, votes: readonly number[]): RenyiCurve {
  const { threshold, sigmaThreshold, sigma } = aggregation
  const lawOf = (own: readonly number[]) => {
    const most = Math.max(...own)
    return {
      checked: [
        logGaussianReaches(threshold - most, sigmaThreshold),
        logGaussianReaches(most - threshold + 1, sigmaThreshold),
      ] as const,
      chances: winningChances(own, sigma),
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
  return (order) =>
    Math.max(
      0,
      ...there.map((other) =>
        twoSteps(here.checked, other.checked, divergence(here.chances, other.chances, order), order),
      ),
    )
}

function divergence(p: Float64Array, q: Float64Array, order: number): number {
  const moment = p.reduce(
    (log, own, i) =>
      own === 0 ? log : logAdd(log, order * Math.log(own) + (1 - order) * Math.log(q[i] as number)),
    Number.NEGATIVE_INFINITY,
  )
  return Math.max(0, moment) / (order - 1)
}
