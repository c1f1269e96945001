// Tails of the binomial law, and what a count says of the probability behind it.
// Source: Clopper and Pearson 1934 (exact interval); sums of terms from the largest on, each from its neighbour.
// Trials are independent here: a count of rows that depend on each other has a wider interval than this.

import { gammaln } from 'simple-statistics'

/**
 * P[Binomial(trials, probability) ≥ least].
 * @param trials a whole number of at least 0. @param probability in [0, 1]. @param least any whole number.
 */
export function binomialTail(trials: number, probability: number, least: number): number {
  if (least <= 0) return 1
  if (least > trials || probability <= 0) return 0
  if (probability >= 1) return 1
  // The shorter tail is summed: away from the mode its terms only fall.
  if (least <= trials * probability) return 1 - binomialTail(trials, 1 - probability, trials - least + 1)
  const odds = probability / (1 - probability)
  let term = Math.exp(
    gammaln(trials + 1) -
      gammaln(least + 1) -
      gammaln(trials - least + 1) +
      least * Math.log(probability) +
      (trials - least) * Math.log1p(-probability),
  )
  let sum = 0
  for (let k = least; k <= trials && term > sum * 1e-17; k++) {
    sum += term
    term *= (odds * (trials - k)) / (k + 1)
  }
  return Math.min(1, sum)
}

/**
 * The 95% interval of a probability that gave `hits` of `trials`, exact: each end is wrong at most once in forty.
 * @param trials a whole number of at least 1.
 */
export function hitInterval(hits: number, trials: number): readonly [low: number, high: number] {
  const lower = (found: number) =>
    found === 0 ? 0 : crossing((p) => binomialTail(trials, p, found) > 0.025, 0, 1)
  return [lower(hits), 1 - lower(trials - hits)]
}

/** Where a condition that holds from some point on begins to hold, to the last bits. */
export function crossing(holds: (at: number) => boolean, low: number, high: number): number {
  let [no, yes] = [low, high]
  for (let i = 0; i < 60; i++) {
    const middle = (no + yes) / 2
    if (holds(middle)) yes = middle
    else no = middle
  }
  return no
}
