// From one definition of privacy to another: pure ε, zCDP ρ, Rényi curves, Gaussian μ, and (ε, δ).
// Source: Bun and Steinke 2016; Canonne, Kamath and Steinke 2020, prop. 12; Balle et al. 2020; Dong, Roth and Su 2019.
// Upper bounds: only Gaussian μ to (ε, δ) is exact; the others lose what their definition has forgotten.

import { requireDelta, requireFunction, requireNonNegative, requireOrder } from './check.ts'
import { logNormalTail } from './normal.ts'

/**
 * Rényi divergence, in nats, at an order α > 1: the price of a mechanism, or of many together.
 * A curve may be asked at any real order.
 */
export type RenyiCurve = (order: number) => number

/**
 * Pure ε-differential privacy as zero-concentrated: ρ = ε²/2.
 *
 * @param epsilon ε ≥ 0, nats.
 * @throws FrostglassError 'usage' for ε below 0 or not finite.
 * Source: Bun and Steinke 2016, proposition 3.3.
 */
export function pureToZcdp(epsilon: number): number {
  requireNonNegative('ε', epsilon)
  return (epsilon * epsilon) / 2
}

/**
 * The Rényi curve of ρ-zCDP: ρ times the order.
 *
 * @param rho ρ ≥ 0.
 * @throws FrostglassError 'usage' for ρ below 0 or not finite.
 * Source: Bun and Steinke 2016, definition 1.1.
 */
export function zcdpCurve(rho: number): RenyiCurve {
  requireNonNegative('ρ', rho)
  return (order) => {
    requireOrder(order)
    return rho * order
  }
}

/**
 * The worst Rényi curve of pure ε-differential privacy, which randomised response attains.
 *
 * @param epsilon ε ≥ 0, nats.
 * @throws FrostglassError 'usage' for ε below 0 or not finite.
 * Source: Mironov 2017, proposition 5 (randomised response); Kairouz, Oh and Viswanath 2015 (it dominates all others).
 */
export function pureCurve(epsilon: number): RenyiCurve {
  requireNonNegative('ε', epsilon)
  return (order) => {
    requireOrder(order)
    const above = order - 1
    // log cosh((α − ½)ε) − log cosh(ε/2). For small ε as a product of sines: the difference would lose all its digits, and
    // could come out below 0.
    const moment =
      order * epsilon < 20
        ? Math.log1p(
            (2 * Math.sinh((order * epsilon) / 2) * Math.sinh((above * epsilon) / 2)) /
              Math.cosh(epsilon / 2),
          )
        : above * epsilon + Math.log1p(Math.exp(-(order + above) * epsilon)) - Math.log1p(Math.exp(-epsilon))
    return Math.min(epsilon, (moment / above) * UPWARDS)
  }
}

/** More than what a dozen operations and functions round away. */
const UPWARDS = 1 + 2 ** -44

/**
 * The smallest ε that a Rényi curve gives at δ, over all orders: a grid in log(α − 1) between 1.0001 and 10⁶, refined
 * about its best. Every order gives a true bound, so a missed minimum costs tightness and never privacy.
 *
 * @param curve Rényi divergence in nats at any order above 1.
 * @param delta δ in (0, 1).
 * @returns ε ≥ 0 in nats, and the order that gave it.
 * @throws FrostglassError 'usage' for δ outside (0, 1).
 * Source: Canonne, Kamath and Steinke 2020, proposition 12; Balle et al. 2020, theorem 21.
 */
export function renyiToEpsilon(curve: RenyiCurve, delta: number): { epsilon: number; order: number } {
  requireDelta(delta)
  requireFunction('a curve', curve)
  const at = (u: number): number => {
    const order = 1 + Math.exp(u)
    const divergence: unknown = curve(order)
    // No divergence is below 0: a curve that says so has lost its digits.
    const epsilon =
      typeof divergence === 'number' ? orderBound(Math.max(0, divergence), order, delta) : Number.NaN
    return Number.isNaN(epsilon) ? Number.POSITIVE_INFINITY : epsilon
  }
  let best = Math.log(1e-4)
  let least = Number.POSITIVE_INFINITY
  let step = 0.25
  // High orders of a sampled curve are long sums: three nepers past the best one, stop.
  for (let u = best; u <= Math.log(1e6) && (u < best + 3 || least === Number.POSITIVE_INFINITY); u += step) {
    const value = at(u)
    if (value < least) [least, best] = [value, u]
  }
  for (; step > 1e-4; step /= 2)
    for (const u of [best - step / 2, best + step / 2]) {
      const value = at(u)
      if (value < least) [least, best] = [value, u]
    }
  return { epsilon: Math.max(0, least), order: 1 + Math.exp(best) }
}

/**
 * The ε that a Rényi divergence at one order gives at δ: where only that order is known.
 *
 * @param divergence nats, at least 0.
 * @param order above 1.
 * @returns ε ≥ 0, nats.
 * @throws FrostglassError 'usage' for values outside their ranges.
 * Source: Canonne, Kamath and Steinke 2020, proposition 12.
 */
export function orderToEpsilon(divergence: number, order: number, delta: number): number {
  requireNonNegative('a divergence', divergence)
  requireOrder(order)
  requireDelta(delta)
  return Math.max(0, orderBound(divergence, order, delta))
}

const orderBound = (divergence: number, order: number, delta: number): number =>
  divergence + Math.log1p(-1 / order) - Math.log(delta * order) / (order - 1)

/**
 * The smallest ε that ρ-zCDP gives at δ.
 *
 * @param rho ρ ≥ 0.
 * @param delta δ in (0, 1).
 * @returns ε ≥ 0, nats; below the simple ρ + 2√(ρ log 1/δ) of Bun and Steinke 2016 everywhere.
 * @throws FrostglassError 'usage' for ρ below 0 or δ outside (0, 1).
 * Source: Canonne, Kamath and Steinke 2020, proposition 12.
 */
export function zcdpToEpsilon(rho: number, delta: number): number {
  return renyiToEpsilon(zcdpCurve(rho), delta).epsilon
}

/**
 * The exact δ of μ-Gaussian differential privacy at ε: Φ(μ/2 − ε/μ) − e^ε Φ(−μ/2 − ε/μ), in log space.
 *
 * @param mu μ ≥ 0: sensitivity over standard deviation, for one Gaussian release.
 * @param epsilon ε ≥ 0, nats.
 * @throws FrostglassError 'usage' for values below 0 or not finite.
 * Source: Dong, Roth and Su 2019, corollary 2.13; Balle and Wang 2018, theorem 8.
 */
export function gaussianToDelta(mu: number, epsilon: number): number {
  requireNonNegative('μ', mu)
  requireNonNegative('ε', epsilon)
  if (mu === 0) return 0
  const above = logNormalTail(epsilon / mu - mu / 2)
  const below = epsilon + logNormalTail(epsilon / mu + mu / 2)
  return -Math.exp(above) * Math.expm1(Math.min(0, below - above))
}

/**
 * The exact ε of μ-Gaussian differential privacy at δ, by bisection to 14 digits; the upper end is returned.
 *
 * @param mu μ ≥ 0.
 * @param delta δ in (0, 1).
 * @returns ε ≥ 0, nats.
 * @throws FrostglassError 'usage' for μ below 0 or δ outside (0, 1).
 * @example
 * ```ts
 * gaussianToEpsilon(1 / 1.1, 1e-5) // 3.9213: one release of a sum with sensitivity 1 and σ = 1.1
 * ```
 * Source: Dong, Roth and Su 2019, corollary 2.13.
 */
export function gaussianToEpsilon(mu: number, delta: number): number {
  requireDelta(delta)
  if (gaussianToDelta(mu, 0) <= delta) return 0
  let low = 0
  let high = 1
  while (gaussianToDelta(mu, high) > delta) [low, high] = [high, high * 2]
  while (high - low > high * 1e-14) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) break
    if (gaussianToDelta(mu, middle) > delta) low = middle
    else high = middle
  }
  return high
}
