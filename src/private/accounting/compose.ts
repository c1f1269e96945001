// What several releases cost together, from the price of each alone.
// Source: Dwork and Roth 2014, chapter 3; Dwork, Rothblum and Vadhan 2010; Kairouz, Oh and Viswanath 2015.
// Knows prices only: a privacy-loss distribution, which knows the mechanism, is never worse and often much better.

import {
  requireCount,
  requireDelta,
  requireFunction,
  requireList,
  requireNonNegative,
  requireObject,
  requireTimes,
} from './check.ts'
import type { RenyiCurve } from './convert.ts'

/** The price of a release: (ε, δ) with ε in nats; δ = 0 is pure differential privacy. */
export interface Price {
  readonly epsilon: number
  readonly delta: number
}

function requirePrice(price: Price): void {
  requireObject('a price', price)
  requireNonNegative('ε', price.epsilon)
  if (price.delta !== 0) requireDelta(price.delta)
}

function requirePrices(prices: readonly Price[]): void {
  requireList('prices', prices)
  for (const price of prices) requirePrice(price)
}

/**
 * Releases about the same rows, each chosen freely after the ones before: prices add.
 *
 * @throws FrostglassError 'usage' for an ε below 0 or a δ outside [0, 1).
 * Source: Dwork and Roth 2014, theorem 3.16 and appendix B.
 */
export function sequentialComposition(prices: readonly Price[]): Price {
  requirePrices(prices)
  return {
    epsilon: prices.reduce((sum, p) => sum + p.epsilon, 0),
    delta: Math.min(
      1,
      prices.reduce((sum, p) => sum + p.delta, 0),
    ),
  }
}

/**
 * Releases about disjoint sets of rows, where a person is in one set only and sets do not depend on other people's
 * rows, adjacent data differing by one person more or less: the dearest counts.
 *
 * @throws FrostglassError 'usage' for an ε below 0 or a δ outside [0, 1).
 * Source: McSherry 2009, theorem 4.
 */
export function parallelComposition(prices: readonly Price[]): Price {
  requirePrices(prices)
  return {
    epsilon: Math.max(0, ...prices.map((p) => p.epsilon)),
    delta: Math.max(0, ...prices.map((p) => p.delta)),
  }
}

/**
 * Advanced composition: `times` releases of (ε, δ) are (ε √(2k log(1/δ′)) + kε(e^ε − 1), kδ + δ′).
 *
 * @param times k, a whole number of at least 1.
 * @param slack δ′ in (0, 1).
 * @returns that price, or the sequential one where it is smaller in ε.
 * @throws FrostglassError 'usage' for parameters outside their ranges.
 * Source: Dwork, Rothblum and Vadhan 2010, theorem III.3.
 */
export function advancedComposition(price: Price, times: number, slack: number): Price {
  requirePrice(price)
  requireTimes('the number of releases', times)
  requireDelta(slack)
  const { epsilon, delta } = price
  const bound = epsilon * Math.sqrt(2 * times * Math.log(1 / slack)) + times * epsilon * Math.expm1(epsilon)
  if (bound >= times * epsilon) return { epsilon: times * epsilon, delta: Math.min(1, times * delta) }
  return { epsilon: bound, delta: Math.min(1, times * delta + slack) }
}

/**
 * The best that can be said of `times` releases from their common price (ε, δ) alone.
 *
 * @param times k, a whole number of at least 1.
 * @param target δ in (0, 1) for all of them together.
 * @returns the smallest ε among kε, (k−2)ε, … whose δ is within the target; Infinity where 1 − (1−δ)^k is beyond it.
 * @throws FrostglassError 'usage' for parameters outside their ranges.
 * Source: Kairouz, Oh and Viswanath 2015, theorem 3.3.
 */
export function optimalComposition(price: Price, times: number, target: number): Price {
  requirePrice(price)
  requireCount('the number of releases', times, 1e6)
  requireDelta(target)
  const { epsilon, delta } = price
  const survive = times * Math.log1p(-delta)
  if (-Math.expm1(survive) > target) return { epsilon: Number.POSITIVE_INFINITY, delta: target }
  // (1 − δ)^k (1 − δ_i) ≥ 1 − target, solved for the δ_i that we may spend.
  const allowed = -Math.expm1(Math.log1p(-target) - survive)
  const logTotal = times * Math.log1p(Math.exp(-epsilon))
  // δ_i = Σ_{l<i} C(k,l) (e^{(k−l)ε} − e^{(k−2i+l)ε}) / (1 + e^ε)^k, each term divided by e^{kε} first. It grows with i.
  const spent = (i: number): number => {
    let sum = 0
    let logChoose = 0
    for (let l = 0; l < i; l++) {
      sum += Math.exp(logChoose - l * epsilon - logTotal) * -Math.expm1(-2 * (i - l) * epsilon)
      logChoose += Math.log((times - l) / (l + 1))
    }
    return sum
  }
  let [within, beyond] = [0, Math.floor(times / 2) + 1]
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2)
    if (spent(middle) > allowed) beyond = middle
    else within = middle
  }
  return { epsilon: (times - 2 * within) * epsilon, delta: target }
}

/** Rényi curves of releases about the same rows add, order by order. Source: Mironov 2017, proposition 1. */
export function sumCurves(curves: readonly RenyiCurve[]): RenyiCurve {
  requireList('curves', curves)
  for (const curve of curves) requireFunction('a curve', curve)
  return (order) => curves.reduce((sum, curve) => sum + curve(order), 0)
}

/**
 * Gaussian μ of releases about the same rows: the root of the summed squares.
 *
 * @throws FrostglassError 'usage' for a μ below 0.
 * Source: Dong, Roth and Su 2019, corollary 3.3.
 */
export function sumGaussian(mus: readonly number[]): number {
  requireList('μ', mus)
  for (const mu of mus) requireNonNegative('μ', mu)
  return Math.hypot(...mus)
}
