// Rényi curves of mechanisms: Gaussian, Laplace, and the Gaussian on a Poisson sample, at any real order above 1.
// Source: Mironov 2017, table II; Mironov, Talwar and Zhang 2019, section 3.3.
// Adjacent data differ by one row more or less; the batch must be a true Poisson sample, not a shuffled epoch.

import { requireNoise, requireOrder, requireRate, requireTimes } from './check.ts'
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
  requireNoise('the noise multiplier σ', noiseMultiplier)
  return (order) => {
    requireOrder(order)
    return order / (2 * noiseMultiplier ** 2)
  }
}

/**
 * One Laplace release.
 *
 * @param scale b > 0: scale over L1 sensitivity, so pure ε is 1/b.
 * @throws FrostglassError 'usage' for a scale that is not positive and finite.
 * Source: Mironov 2017, proposition 6.
 */
export function laplaceCurve(scale: number): RenyiCurve {
  requireNoise('the scale b', scale)
  return (order) => {
    requireOrder(order)
    const [more, less] = [(order - 1) / scale, -order / scale]
    const [likely, rare] = [order / (2 * order - 1), (order - 1) / (2 * order - 1)]
    // The linear parts of both exponentials cancel: left out, what is summed is positive and keeps its digits.
    const moment =
      more < 20
        ? Math.log1p(likely * beyondLinear(more) + rare * beyondLinear(less))
        : Math.log(likely) + more + Math.log1p((rare / likely) * Math.exp(less - more))
    return Math.min(1 / scale, moment / (order - 1))
  }
}

/** e^y − 1 − y, without cancellation. */
function beyondLinear(y: number): number {
  if (Math.abs(y) > 0.5) return Math.expm1(y) - y
  let term = (y * y) / 2
  let sum = 0
  for (let n = 3; Math.abs(term) > Math.abs(sum) * 2 ** -55; n++) {
    sum += term
    term *= y / n
  }
  return sum
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
  requireNoise('the noise multiplier σ', noiseMultiplier)
  requireRate(rate)
  requireTimes('the number of steps', steps)
  const most = gaussianCurve(noiseMultiplier)
  return (order) => {
    requireOrder(order)
    if (rate === 0) return 0
    // Sampling costs no more than none does.
    if (rate === 1 || order > MOST_ORDER) return steps * most(order)
    return (steps * Math.min(momentOf(noiseMultiplier, rate, order), (order - 1) * most(order))) / (order - 1)
  }
}

/** Above this order the sums are long, and the curve without sampling takes their place. */
const MOST_ORDER = 2e6
/** What the series at a real order may be short of, and where that matters. */
const [SLACK, SMALL] = [2 ** -43, 1e-3]

function momentOf(sigma: number, q: number, order: number): number {
  if (Number.isInteger(order)) return wholeMoment(sigma, q, order)
  const series = realMoment(sigma, q, order) + SLACK
  if (series > SMALL) return series
  // Moments are convex in the order: the chord between whole ones is above, and keeps the digits of small ones.
  const below = Math.floor(order)
  const part = order - below
  const chord =
    (below === 1 ? 0 : (1 - part) * wholeMoment(sigma, q, below)) + part * wholeMoment(sigma, q, below + 1)
  return Math.min(Math.max(0, series), chord)
}

/** log(e^a + e^b) */
export const logAdd = (a: number, b: number): number => {
  const high = Math.max(a, b)
  return high === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high))
}

/**
 * log Σ_k C(α,k) (1−q)^{α−k} q^k e^{(k²−k)/2σ²} as log(1 + Σ_{k≥2} … (e^{(k²−k)/2σ²} − 1)): every term is positive, and
 * what is small keeps its digits.
 */
function wholeMoment(sigma: number, q: number, order: number): number {
  let logChoose = Math.log(order)
  let sum = Number.NEGATIVE_INFINITY
  for (let k = 2; k <= order; k++) {
    logChoose += Math.log((order - k + 1) / k)
    const power = (k * (k - 1)) / (2 * sigma * sigma)
    const beyond = power > 40 ? power : Math.log(Math.expm1(power))
    sum = logAdd(sum, logChoose + k * Math.log(q) + (order - k) * Math.log1p(-q) + beyond)
  }
  return logAdd(0, sum)
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
