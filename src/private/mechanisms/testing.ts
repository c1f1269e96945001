// For tests of mechanisms: goodness of fit of draws, and a lower bound on ε from what a mechanism was seen to do.
// Source: Pearson 1900 with Wilson and Hilferty 1931; Clopper and Pearson 1934; Ding, Wang, Wang, Zhang, Kifer 2018.
// It does not promise to find every fault: a lower bound below the claim proves nothing.

import { gammaln } from 'simple-statistics'

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

/** P[Beta(a, b) ≤ x], by the continued fraction of DLMF 8.17.22 as Lentz 1976 evaluates it. */
function betaBelow(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - betaBelow(1 - x, b, a)
  const front = Math.exp(
    gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x) - Math.log(a),
  )
  let [c, d] = [1, 1 / (1 - ((a + b) * x) / (a + 1))]
  let fraction = d
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / (1 + even * d)
    c = 1 + even / c
    fraction *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / (1 + odd * d)
    c = 1 + odd / c
    fraction *= d * c
    if (Math.abs(d * c - 1) < 1e-14) break
  }
  return front * fraction
}

/** Clopper and Pearson's bounds on a probability that gave `hits` of `trials`, each side wrong once in 2 · 10^6. */
export function probabilityBounds(hits: number, trials: number): { low: number; high: number } {
  const solve = (target: number, a: number, b: number) => {
    let [low, high] = [0, 1]
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2
      if (betaBelow(middle, a, b) < target) low = middle
      else high = middle
    }
    return (low + high) / 2
  }
  const side = falseAlarm / 2
  return {
    low: hits === 0 ? 0 : solve(side, hits, trials - hits + 1),
    high: hits === trials ? 1 : solve(1 - side, hits + 1, trials - hits),
  }
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
