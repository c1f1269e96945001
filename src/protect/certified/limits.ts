// Limits of a probability from a count or a mean of what was drawn: exact binomial, and Chernoff and Hoeffding's.
// Source: Clopper and Pearson 1934; Hoeffding 1956, theorem 4, and 1963, theorem 1 (2.1); theorems A and B of PROOF.md.
// They hold for independent draws; each errs with probability δ at most, alone.

import { FrostglassError } from '../../errors.ts'
import { crossing, hitInterval } from '../../statistics/binomial.ts'

/**
 * The upper limit of a probability that gave `hits` of `trials`: the 1 − δ quantile of Beta(hits + 1, trials − hits).
 * @param hits a whole number in 0 … trials @param trials a whole number from 1 @param delta in (0, 1)
 * @throws FrostglassError 'usage' for others
 */
export function binomialUpper(hits: number, trials: number, delta: number): number {
  requireHits(hits, trials)
  requireDelta(delta)
  return hitInterval(hits, trials, delta)[1]
}

/** The lower limit of a probability that gave `hits` of `trials`: the δ quantile of Beta(hits, trials − hits + 1). */
export function binomialLower(hits: number, trials: number, delta: number): number {
  requireHits(hits, trials)
  requireDelta(delta)
  return hitInterval(hits, trials, delta)[0]
}

/**
 * The upper limit of the mean of independent variables in [0, 1] whose average came out as `mean`:
 * max{u : n·kl(mean‖u) ≤ ln(1/δ)}.
 * @param mean in [0, 1] @param units how many variables, at least 1 @param delta in (0, 1)
 */
export function klUpper(mean: number, units: number, delta: number): number {
  requireDelta(delta)
  if (!(mean >= 0 && mean <= 1) || !(units >= 1))
    throw new FrostglassError(
      'usage',
      `a mean in 0 … 1 of at least one unit was expected, got ${mean} of ${units}`,
      'Count whole units.',
    )
  const most = Math.log(1 / delta) / units
  // From 1 downwards: what a search leaves open is on the safe side.
  return 1 - crossing((below) => klDivergence(mean, below) <= most, 0, 1 - mean)
}

/** Limits of the success of a rule that was right on so many units of a sample. */
export interface Limits {
  upper(success: number, delta: number): number
  lower(success: number, delta: number): number
}

/** Those of whole units of one law (theorem A). */
export const binomialLimits = (units: number): Limits => ({
  upper: (success, delta) => binomialUpper(success, units, delta),
  lower: (success, delta) => binomialLower(success, units, delta),
})

/**
 * Those of whole units that are independent but not drawn alike, such as so many of each user (theorem A, strata). A tail of
 * such a count is at most the binomial one from one unit beyond its mean on, so no limit is nearer than that.
 */
export const strataLimits = (units: number): Limits => ({
  upper: (success, delta) =>
    Math.min(1, Math.max(binomialUpper(success, units, delta), (success + 1) / units)),
  lower: (success, delta) =>
    Math.max(0, Math.min(binomialLower(success, units, delta), (success - 1) / units)),
})

/** Those of independent units that count in part (theorem B). */
export const klLimits = (units: number): Limits => ({
  upper: (success, delta) => klUpper(Math.min(1, success / units), units, delta),
  lower: (success, delta) => 1 - klUpper(Math.max(0, 1 - success / units), units, delta),
})

/** kl(a‖b) of b = 1 − below, in nats: by what is below, which has more digits than b near 1. */
function klDivergence(a: number, below: number): number {
  const part = (p: number, q: number): number => (p === 0 ? 0 : p * Math.log(p / q))
  return part(a, 1 - below) + part(1 - a, below)
}

/** @throws FrostglassError 'usage' unless δ is between 0 and 1, both left out. */
export function requireDelta(delta: number): void {
  if (delta > 0 && delta < 1) return
  throw new FrostglassError(
    'usage',
    `δ is a probability between 0 and 1, not ${delta}`,
    'State how often a limit may be wrong, e.g. 0.001.',
  )
}

function requireHits(hits: number, trials: number): void {
  if (
    Number.isSafeInteger(trials) &&
    trials >= 1 &&
    Number.isSafeInteger(hits) &&
    hits >= 0 &&
    hits <= trials
  )
    return
  throw new FrostglassError(
    'usage',
    `so many hits of so many trials were expected as whole numbers, got ${hits} of ${trials}`,
    'Count whole units.',
  )
}
