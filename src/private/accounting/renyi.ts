// Rényi curves of mechanisms: Gaussian, Laplace, and the Gaussian on a Poisson sample, at any real order above 1.
// Source: Mironov 2017, table II; Mironov, Talwar and Zhang 2019, section 3.3.
// Adjacent data differ by one row more or less; the batch must be a true Poisson sample, not a shuffled epoch.

import { requireCount, requirePositive, requireRate } from './check.ts'
import type { RenyiCurve } from './convert.ts'
import { logErfc } from './normal.ts'

/**
 * One Gaussian release: order / (2 σ²).
 *
 * @param noiseMultiplier σ > 0: standard deviation over L2 sensitivity.
 * @throws FrostglassError 'usage' for a multiplier that is not positive and finite.
 * Source: Mironov 2017, proposition 7.
 */
export function gaussianCurve(noiseMultiplier: number): RenyiCurve {
  requirePositive('the noise multiplier σ', noiseMultiplier)
  return (order) => order / (2 * noiseMultiplier ** 2)
}

/**
 * One Laplace release.
 *
 * @param scale b > 0: scale over L1 sensitivity, so pure ε is 1/b.
 * @throws FrostglassError 'usage' for a scale that is not positive and finite.
 * Source: Mironov 2017, proposition 6.
 */
export function laplaceCurve(scale: number): RenyiCurve {
  requirePositive('the scale b', scale)
  return (order) => {
    const likely = Math.log(order / (2 * order - 1)) + (order - 1) / scale
    const rare = Math.log((order - 1) / (2 * order - 1)) - order / scale
    return (likely + Math.log1p(Math.exp(rare - likely))) / (order - 1)
  }
}

/**
 * `steps` Gaussian releases, each on a fresh Poisson sample of the rows: the curve of DP-SGD.
 *
 * @param noiseMultiplier σ > 0: standard deviation over the clipping norm.
 * @param rate q in [0, 1]: every row's own chance of being in a batch.
 * @param steps a whole number of at least 1.
 * @throws FrostglassError 'usage' for parameters outside their ranges.
 * Source: Mironov, Talwar and Zhang 2019, section 3.3; theorem 5 (one direction of adjacency is the dearer).
 */
export function sampledGaussianCurve(noiseMultiplier: number, rate: number, steps: number): RenyiCurve {
  requirePositive('the noise multiplier σ', noiseMultiplier)
  requireRate(rate)
  requireCount('the number of steps', steps)
  if (rate === 0) return () => 0
  if (rate === 1) return (order) => (steps * order) / (2 * noiseMultiplier ** 2)
  return (order) => {
    const moment = Number.isInteger(order)
      ? wholeMoment(noiseMultiplier, rate, order)
      : realMoment(noiseMultiplier, rate, order)
    return (steps * Math.max(0, moment)) / (order - 1)
  }
}

/** log(e^a + e^b) */
export const logAdd = (a: number, b: number): number => {
  const high = Math.max(a, b)
  return high === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high))
}

/** log Σ_k C(α,k) (1−q)^{α−k} q^k e^{(k²−k)/2σ²}: every term is positive. */
function wholeMoment(sigma: number, q: number, order: number): number {
  let logChoose = 0
  let sum = Number.NEGATIVE_INFINITY
  for (let k = 0; k <= order; k++) {
    sum = logAdd(
      sum,
      logChoose + k * Math.log(q) + (order - k) * Math.log1p(-q) + (k * (k - 1)) / (2 * sigma * sigma),
    )
    logChoose += Math.log((order - k) / (k + 1))
  }
  return sum
}

/**
 * The same moment at a real order. Left of z, where both parts of the mixture have equal density, the binomial series
 * in the second part converges, right of it the one in the first; the normal parts give the erfc.
 */
function realMoment(sigma: number, q: number, order: number): number {
  const z = sigma * sigma * Math.log(1 / q - 1) + 0.5
  const part = (power: number, other: number, tail: number): number =>
    power * Math.log(q) +
    other * Math.log1p(-q) +
    (power * (power - 1)) / (2 * sigma * sigma) +
    logErfc(tail / (Math.SQRT2 * sigma)) -
    Math.LN2
  let positive = Number.NEGATIVE_INFINITY
  let negative = Number.NEGATIVE_INFINITY
  let logChoose = 0
  let sign = 1
  for (let i = 0; ; i++) {
    const j = order - i
    const term = logChoose + logAdd(part(i, j, i - z), part(j, i, z - j))
    if (sign > 0) positive = logAdd(positive, term)
    else negative = logAdd(negative, term)
    // Beyond the order, terms shrink and change sign: what is left is below the first one left out.
    if (i > order && term < positive - 36) break
    logChoose += Math.log(Math.abs(j) / (i + 1))
    if (j < 0) sign = -sign
  }
  return positive + Math.log1p(-Math.exp(negative - positive))
}
