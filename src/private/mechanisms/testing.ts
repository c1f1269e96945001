// For tests of mechanisms: goodness of fit of draws, and a lower bound on ε from what a mechanism was seen to do.
// Source: Pearson 1900 with Wilson and Hilferty 1931; Clopper and Pearson 1934; Ding, Wang, Wang, Zhang, Kifer 2018.
// It does not promise to find every fault: a lower bound below the claim proves nothing.

import { hitInterval } from '../../statistics/binomial.ts'

/** How often a right mechanism fails one of these checks. */
export const falseAlarm = 1e-6

/** The standard normal quantile of 1 − 10^−6. */
const normalQuantile = 4.753424

/**
 * Pearson's statistic of counts against probabilities, as a share of the value that draws of just these probabilities
 * exceed once in 10^6; cells that expect fewer than 20 are thrown together. Above 1 the draws are wrong.
 * @param cells the probability of each value; what is missing to 1 is the rest.
 */
export function misfit(total: number, draw: () => number, cells: ReadonlyMap<number, number>): number {
  const counts = new Map<number, number>()
  for (let i = 0; i < total; i++) {
    const value = draw()
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  let [statistic, degrees, restCount, restProbability] = [0, 0, total, 1]
  for (const [cell, probability] of cells) {
    const expected = probability * total
    if (expected < 20) continue
    const count = counts.get(cell) ?? 0
    statistic += (count - expected) ** 2 / expected
    degrees++
    restCount -= count
    restProbability -= probability
  }
  if (restProbability * total >= 20)
    statistic += (restCount - restProbability * total) ** 2 / (restProbability * total)
  else degrees--
  const width = 2 / (9 * degrees)
  return statistic / (degrees * (1 - width + normalQuantile * Math.sqrt(width)) ** 3)
}

/** Clopper and Pearson's bounds on a probability that gave `hits` of `trials`, each side wrong once in 2 · 10^6. */
export function probabilityBounds(hits: number, trials: number): { low: number; high: number } {
  const [low, high] = hitInterval(hits, trials, falseAlarm / 2)
  return { low, high }
}

/**
 * A lower bound on ε at this δ from draws at two adjacent inputs: events are found on the first half of the draws (those
 * whose ratio is largest) and bounded on the second, so the bound is wrong at most once in 10^6.
 * @param one a draw at the first input, as a name of what came out; `other` at the second.
 */
export function lowerBound(
  one: () => string | number,
  other: () => string | number,
  draws: number,
  delta = 0,
): number {
  const half = Math.floor(draws / 2)
  const tally = (draw: () => string | number) => {
    const counts = new Map<string | number, number>()
    for (let i = 0; i < half; i++) {
      const outcome = draw()
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    }
    return counts
  }
  const [first, second] = [tally(one), tally(other)]
  const outcomes = [...new Set([...first.keys(), ...second.keys()])]
  const ratio = (outcome: string | number) =>
    ((first.get(outcome) ?? 0) + 0.5) / ((second.get(outcome) ?? 0) + 0.5)
  const sorted = outcomes.sort((a, b) => ratio(b) - ratio(a))
  const bound = (p: number, q: number) => {
    const value = Math.log((probabilityBounds(p, half).low - delta) / probabilityBounds(q, half).high)
    return Number.isNaN(value) ? 0 : Math.max(0, value)
  }
  // The event of the best bound among the sets of largest ratio, on the first half and in both directions.
  const best = (
    keys: (string | number)[],
    a: Map<string | number, number>,
    b: Map<string | number, number>,
  ) => {
    let p = 0
    let q = 0
    let at = 1
    let most = -1
    for (const [i, key] of keys.entries()) {
      p += a.get(key) ?? 0
      q += b.get(key) ?? 0
      if (p < 50) continue
      // The bound that is to come, roughly: what is chosen here need not be right, only good.
      const value = (p - 5 * Math.sqrt(p) - delta * half) / (q + 5 * Math.sqrt(q) + 12)
      if (value > most) {
        at = i + 1
        most = value
      }
    }
    return { event: new Set(keys.slice(0, at)), value: most }
  }
  const forward = best(sorted, first, second)
  const backward = best([...sorted].reverse(), second, first)
  const { event } = forward.value >= backward.value ? forward : backward
  const hits = (counts: Map<string | number, number>) =>
    [...event].reduce<number>((total, outcome) => total + (counts.get(outcome) ?? 0), 0)
  const [third, fourth] = [hits(tally(one)), hits(tally(other))]
  return forward.value >= backward.value ? bound(third, fourth) : bound(fourth, third)
}
