// Chances that exact discrete noise turns a vote: that one count overtakes another, that a count passes a threshold.
// Source: completing the square in sums over the integers; Papernot et al. 2018, proposition 7 is the continuous case.
// Logarithms, good to 12 digits at any gap; sums that are cut off have what they lost added.

import { logAdd } from '../accounting/renyi.ts'

const negligible = 2 ** -60

/** log Σ_{k ≥ from} e^{−k²/(2 v)} for a whole `from` ≥ 0. */
function logTailSum(from: number, v: number): number {
  const first = -(from * from) / (2 * v)
  let sum = 0
  for (let k = from; ; k++) {
    const term = Math.exp(-(k * k) / (2 * v) - first)
    // The rest falls at least as fast as a geometric series does.
    if (term < sum * negligible) return Math.log(sum + term / -Math.expm1(-(2 * k + 1) / (2 * v))) + first
    sum += term
  }
}

/** log Σ e^{−k²/(2 v)} over all integers. */
const logTotal = (v: number): number => logAdd(0, Math.LN2 + logTailSum(1, v))

/** log Σ e^{−(k + ½)²/(2 v)} over all integers k. */
function logHalfTotal(v: number): number {
  const first = -1 / (8 * v)
  let sum = 0
  for (let k = 0; ; k++) {
    const term = Math.exp(-((k + 0.5) ** 2) / (2 * v) - first)
    if (term < sum * negligible) return Math.LN2 + Math.log(sum + term / -Math.expm1(-(k + 1) / v)) + first
    sum += term
  }
}

/** log(1 − e^x) for x ≤ 0, without cancellation. */
export const logOneMinus = (x: number): number =>
  x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x))

/** log Σ e^{−x²/2σ²} over all integers: what masses of discrete Gaussian noise are divided by. */
export const logGaussianTotal = (sigma: number): number => logTotal(sigma * sigma)

/** log P[X ≥ k] of discrete Gaussian noise, P[x] ∝ e^{−x²/2σ²}, for any whole k. */
export function logGaussianReaches(k: number, sigma: number): number {
  if (k < 1) return logOneMinus(logGaussianReaches(1 - k, sigma))
  const v = sigma * sigma
  return logTailSum(k, v) - logTotal(v)
}

/**
 * log P[X − Y ≥ gap] of two independent draws of discrete Gaussian noise, for any whole gap.
 *
 * The difference is d with mass e^{−d²/4σ²} θ / Z²: x² + (x − d)² = 2 (x − d/2)² + d²/2, so θ is Σ e^{−k²/σ²} over the
 * integers for even d and over the half-integers for odd d, and nothing else depends on d.
 */
export function logGaussianOvertakes(gap: number, sigma: number): number {
  if (gap < 1) return logOneMinus(logGaussianOvertakes(1 - gap, sigma))
  const v = sigma * sigma
  const even = logTotal(v / 2)
  const odd = logHalfTotal(v / 2)
  const parity = (d: number) => (d % 2 === 0 ? even : odd)
  // Masses fall with d, so the first is the largest: beside it nothing overflows, and where noise is little it is not lost.
  const first = parity(gap) - (gap * gap) / (4 * v)
  let sum = 0
  for (let d = gap; ; d++) {
    const power = -(d * d) / (4 * v) - first
    const term = Math.exp(power + parity(d))
    if (term < sum * negligible) {
      sum += Math.exp(power + even) / -Math.expm1(-(2 * d + 1) / (4 * v))
      return Math.log(sum) + first - 2 * logTotal(v)
    }
    sum += term
  }
}

/**
 * log P[X − Y ≥ gap] of two independent draws of discrete Laplace noise, P[x] ∝ r^|x| with r = e^{−1/scale}, for any whole
 * gap. The difference is d ≥ 0 with mass c² r^d (d + (1 + r²)/(1 − r²)), c = (1 − r)/(1 + r), whose sum is closed.
 */
export function logLaplaceOvertakes(gap: number, scale: number): number {
  if (gap < 1) return logOneMinus(logLaplaceOvertakes(1 - gap, scale))
  const r = Math.exp(-1 / scale)
  const one = -Math.expm1(-1 / scale)
  const two = -Math.expm1(-2 / scale)
  const centre = Math.tanh(1 / (2 * scale))
  return 2 * Math.log(centre) - gap / scale + Math.log((gap + (1 + r * r) / two + r / one) / one)
}
