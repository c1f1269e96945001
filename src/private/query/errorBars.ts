// How far noise reaches: quantiles of sums of discrete Laplace or discrete Gaussian variables, from above.
// Source: the gamma mixture of a sum of Laplace variables; partial fractions of its characteristic function;
// peakedness of sums (Birnbaum 1948; PROOF.md, "Error bars"). They speak of noise alone, not of clamping or sampled rows.

import { FrostglassError } from '../../errors.ts'
import { logErfc } from '../accounting/normal.ts'
import { roundedUp } from '../mechanisms/rational.ts'
import type { Noise } from './release.ts'

/** Noise on one cell, as reals: the scale of Laplace noise, or σ of Gaussian noise, in the unit of the cell. */
export interface Reach {
  readonly law: Noise['law']
  readonly scale: number
}

/** The reach of a release's noise where `unit` integers are one. */
export const reachOf = (noise: Noise, unit: number): Reach =>
  noise.law === 'laplace'
    ? { law: 'laplace', scale: roundedUp(noise.scale) / unit }
    : { law: 'gaussian', scale: (Math.sqrt(roundedUp(noise.variance)) / unit) * (1 + 2 ** -50) }

/**
 * P[|X₁ + … + X_m| ≥ x] for independent Laplace variables of scale 1, x ≥ 0: their density is e^−x times a polynomial of
 * positive terms, f(x) = e^−x / ((m−1)! 2^m) Σ_k (m−1+k)! / (k! (m−1−k)! 2^k) x^(m−1−k), and so is its integral.
 */
export function laplaceTail(m: number, x: number): number {
  let total = 0
  for (let k = 0; k < m; k++) {
    const power = m - 1 - k
    // ∫_x^∞ s^power e^−s ds = power! e^−x Σ_{i ≤ power} x^i / i!
    let term = 1
    let sum = 1
    for (let i = 1; i <= power; i++) {
      term *= x / i
      sum += term
    }
    total += (factorial(m - 1 + k) / (factorial(k) * 2 ** k)) * sum
  }
  return (2 * Math.exp(-x) * total) / (factorial(m - 1) * 2 ** m)
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

/** How much larger each weight is taken than the one before it, so that partial fractions stay tame: bars 0.5% too long. */
const APART = 1.003

/** P[|Σ w_i X_i| ≥ x] for independent variables X_i of scale 1, or a little more. */
function weightedTail(weights: readonly number[], x: number, law: Noise['law']): number {
  if (law === 'gaussian') {
    const norm = Math.hypot(...weights)
    return norm === 0 ? (x <= 0 ? 1 : 0) : Math.exp(logErfc(x / norm / Math.SQRT2))
  }
  const positive = weights.map(Math.abs).filter((w) => w > 0)
  if (positive.length === 0) return x <= 0 ? 1 : 0
  const sorted = positive.sort((a, b) => a - b)
  if (sorted[0] === sorted.at(-1)) return laplaceTail(sorted.length, x / sorted[0]!)
  for (let i = 1; i < sorted.length; i++) sorted[i] = Math.max(sorted[i]!, sorted[i - 1]! * APART)
  let tail = 0
  for (const [i, w] of sorted.entries()) {
    let part = Math.exp(-x / w)
    for (const [j, other] of sorted.entries()) if (j !== i) part /= 1 - (other / w) ** 2
    tail += part
  }
  return tail
}

/**
 * The half-width h of an error bar: P[|Σ w_i N_i| ≤ h] ≥ level for independent discrete Laplace N_i of scale `scale` times
 * `unit`, in steps of `unit`.
 * @param weights of the cells that an answer is summed from.
 */
export function halfWidth(
  weights: readonly number[],
  { law, scale }: Reach,
  unit: number,
  level: number,
): number {
  const outside = 1 - level
  let high = scale
  while (weightedTail(weights, high / scale, law) > outside) high *= 2
  let low = 0
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (weightedTail(weights, middle / scale, law) > outside) low = middle
    else high = middle
  }
  // A discrete variable is at most the continuous one rounded to a step.
  return high + (unit / 2) * weights.reduce((sum, w) => sum + Math.abs(w), 0)
}

/**
 * The same for one integer: the least whole h with P[|N| > h] ≤ 1 − level. Exact for discrete Laplace noise; of discrete
 * Gaussian noise P[|N| ≥ h + 1] is at most the continuous one's beyond h + 1/2.
 */
export function wholeHalfWidth({ law, scale }: Reach, level: number): number {
  if (law === 'gaussian') return Math.max(0, Math.ceil(halfWidth([1], { law, scale }, 0, level) - 0.5))
  // P[|N| ≥ k] = 2 r^k / (1 + r), r = e^(−1/scale)
  const rate = 1 / scale
  const k = Math.log(2 / ((1 - level) * (1 + Math.exp(-rate)))) / rate
  if (!Number.isFinite(k))
    throw new FrostglassError('usage', 'epsilon is too small for any answer', 'Give a larger one.')
  return Math.max(0, Math.ceil(k * (1 + 2 ** -50)) - 1)
}

/**
 * Whether noise Σ w_i N_i alone could come to `distance`, at a level: it does not exceed its own bar there. The same as
 * |distance| ≤ halfWidth(…), in one look.
 */
export function couldBe(
  distance: number,
  weights: readonly number[],
  { law, scale }: Reach,
  unit: number,
  level: number,
): boolean {
  const slack = (unit / 2) * weights.reduce((sum, w) => sum + Math.abs(w), 0)
  const beyond = Math.abs(distance) - slack
  return beyond <= 0 || weightedTail(weights, beyond / scale, law) >= 1 - level
}
