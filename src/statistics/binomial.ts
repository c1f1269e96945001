// Tails of the binomial law, and what a count says of the probability behind it.
// Source: Clopper and Pearson 1934 (exact interval); Wilson 1927 (score interval); sums of terms from the largest on.
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
 * An interval of a probability that gave `hits` of `trials`, exact (Clopper and Pearson).
 * @param trials a whole number of at least 1. @param wrong how often each end may be: once in forty makes 95% in all
 */
export function hitInterval(
  hits: number,
  trials: number,
  wrong = 0.025,
): readonly [low: number, high: number] {
  const lower = (found: number) =>
    found === 0 ? 0 : crossing((p) => binomialTail(trials, p, found) > wrong, 0, 1)
  return [lower(hits), 1 - lower(trials - hits)]
}

/** The two-sided 95% quantile of the standard normal law. */
const z = 1.959963984540054

/** The 95% score interval of a share of so many (Wilson): it stays within 0 … 1 and is right for shares near 1. */
export function wilson(share: number, of: number): readonly [low: number, high: number] {
  const centre = share + (z * z) / (2 * of)
  const reach = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))
  const scale = 1 + (z * z) / of
  return [Math.max(0, (centre - reach) / scale), Math.min(1, (centre + reach) / scale)]
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
