// A step of DP-SGD as it looks to someone with several rows: a mixture of Gaussians, one for each number of them in the batch.
// Source: Ganesh 2024 (arXiv 2401.10294), group privacy of DP-SGD; Kahane 1985, the convexity inequality that proves it (PROOF.md).
// Rows are sampled each for itself. Where a person's rows come together or not at all, that is another mechanism.

import { MOST_ROWS, requireCount, requireNoise, requireOrder, requireRate } from './check.ts'
import type { RenyiCurve } from './convert.ts'
import {
  gaussianLoss,
  type LossDensity,
  type LossPair,
  type Release,
  sampledGaussianLoss,
} from './release.ts'
import { gaussianCurve } from './renyi.ts'

/** Batches with more of one person's rows than this are as rare as the mass that no loss bounds. */
const RARE = 1e-25
/** Above so many rows in a batch the mixture gives way to the Gaussian that bounds it. */
const MOST_TERMS = 256
/** Standard deviations of each Gaussian that are looked at; what lies beyond. */
const REACH = 10
const BEYOND_REACH = 1.6e-23
/** What roundings of the weights and of the exponentials may come to, relative. */
const ROUNDING = 2 ** -42

/** The chances of 0, 1, … of `rows` rows in a batch, and of more than are listed. */
function chances(rows: number, rate: number): { weights: number[]; rest: number } {
  const weights: number[] = []
  let weight = Math.exp(rows * Math.log1p(-rate))
  let left = 1
  for (let j = 0; j <= rows; j++) {
    weights.push(weight)
    left -= weight
    weight *= ((rows - j) / (j + 1)) * (rate / (1 - rate))
    // Beyond the mean, weights fall faster than a geometric series: what is left is below the next over one less the ratio.
    const ratio = ((rows - j - 1) / (j + 2)) * (rate / (1 - rate))
    if (j < rows && ratio < 0.5 && left < 0.5 && 2 * weight < RARE) return { weights, rest: 2 * weight }
  }
  return { weights, rest: 0 }
}

/**
 * log Σ w_i e^{j x/σ² − j²/2σ²} for weights w_i of j rows: from above, or from below where `side` is −1; and how it rises.
 */
function mixtureLoss(weights: readonly number[], rowsOf: readonly number[], sigma: number) {
  const variance = sigma * sigma
  const power = (x: number, j: number) => (j * (2 * x - j)) / (2 * variance)
  return (x: number, side: 1 | -1 | 0): { value: number; slope: number } => {
    let most = Number.NEGATIVE_INFINITY
    for (const j of rowsOf) most = Math.max(most, power(x, j))
    let [sum, size, above, whole, first] = [0, 0, 0, 0, 0]
    for (let i = 0; i < weights.length; i++) {
      const j = rowsOf[i]!
      const a = power(x, j)
      const weight = weights[i]!
      const likely = weight * Math.exp(a - most)
      whole += likely
      first += j * likely
      above = Math.max(above, Math.abs(a))
      if (most < 30) {
        const term = weight * Math.expm1(a)
        sum += term
        size += Math.abs(term) * (1 + Math.abs(a))
      }
    }
    const slope = first / whole / variance
    if (most < 30 && sum > -0.5)
      return { value: Math.log1p(sum) + (side * ROUNDING * size) / (1 + sum), slope }
    return { value: most + Math.log(whole) + side * ROUNDING * (1 + above), slope }
  }
}

/**
 * One step of DP-SGD for a person with up to `rows` rows, each in the batch with its own chance: N(J, σ²) with J binomial,
 * against N(0, σ²), and the other way round.
 *
 * @param noiseMultiplier σ from 10⁻⁶: standard deviation over the clipping norm of a row.
 * @param rate q in [0, 1]: each row's own chance of being in the batch.
 * @param rows a whole number from 1 to 10⁴.
 * @throws FrostglassError 'usage' for parameters outside their ranges.
 * Source: Ganesh 2024, theorem 3.1.
 */
export function sampledGroupLoss(noiseMultiplier: number, rate: number, rows: number): Release {
  requireNoise('the noise multiplier σ', noiseMultiplier)
  requireRate(rate)
  requireCount('the rows of one person', rows, MOST_ROWS)
  if (rows === 1 || rate === 0) return sampledGaussianLoss(noiseMultiplier, rate)
  if (rate === 1) return gaussianLoss(noiseMultiplier / rows)
  const { weights, rest } = chances(rows, rate)
  const most = weights.length - 1
  if (most > MOST_TERMS || weights[0] === 0) {
    const { remove } = gaussianLoss(noiseMultiplier / (weights[0] === 0 ? rows : most))
    const pair: LossPair = { ...remove, infinite: remove.infinite + rest }
    return Object.freeze({ remove: pair, add: pair })
  }
  const sigma = noiseMultiplier
  const lossAt = mixtureLoss(weights, [...weights.keys()], sigma)
  const scale = 1 / (sigma * Math.sqrt(2 * Math.PI))
  const normal = (x: number, mean: number) => scale * Math.exp(-0.5 * ((x - mean) / sigma) ** 2)
  const from = -REACH * sigma
  const panel = sigma / 100
  const outcome = inverse((x) => lossAt(x, 0), { from, to: most + REACH * sigma })
  const piece = (to: number, part: Pick<LossDensity, 'density' | 'loss' | 'outcome'>): LossDensity => ({
    from,
    to,
    panel,
    ...part,
  })
  return Object.freeze({
    remove: {
      atoms: [],
      infinite: BEYOND_REACH + rest,
      continuous: piece(most + REACH * sigma, {
        density: (x) => weights.reduce((sum, weight, j) => sum + weight * normal(x, j), 0),
        loss: (x) => lossAt(x, 1).value,
        outcome,
      }),
    },
    add: {
      atoms: [],
      infinite: BEYOND_REACH,
      continuous: piece(REACH * sigma, {
        density: (x) => normal(x, 0),
        loss: (x) => -lossAt(x, -1).value,
        outcome: (value) => outcome(-value),
      }),
    },
  })
}

/** The x at which a rising, convex function has a value, held to a range; from the last one asked on. */
function inverse(
  at: (x: number) => { value: number; slope: number },
  { from, to }: { from: number; to: number },
): (value: number) => number {
  let last = 0
  return (wanted) => {
    if (at(from).value >= wanted) return from
    if (at(to).value <= wanted) return to
    let [low, high] = [from, to]
    let x = Math.min(high, Math.max(low, last))
    for (let i = 0; i < 200; i++) {
      const { value, slope } = at(x)
      if (value < wanted) low = x
      else high = x
      const newton = x - (value - wanted) / slope
      const next = newton > low && newton < high ? newton : (low + high) / 2
      if (Math.abs(next - x) <= 1e-15 * (1 + Math.abs(x))) break
      x = next
    }
    last = x
    return x
  }
}

/**
 * The Rényi curve of `sampledGroupLoss`, of both directions the dearer, from above.
 *
 * E_Q[L^α] and E_Q[L^{1−α}] by the trapezoidal rule under Q = N(0, σ²): L has no zero near the real line, so the rule's error is below
 * e^{−40} of the sum at this step (PROOF.md). What cannot be summed in bounded time costs what no sampling does.
 *
 * @throws FrostglassError 'usage' for parameters outside their ranges.
 * Source: Mironov 2017, definition 4; Trefethen and Weideman 2014, theorem 5.1.
 */
export function sampledGroupCurve(noiseMultiplier: number, rate: number, rows: number): RenyiCurve {
  requireNoise('the noise multiplier σ', noiseMultiplier)
  requireRate(rate)
  requireCount('the rows of one person', rows, MOST_ROWS)
  const sigma = noiseMultiplier
  const unsampled = gaussianCurve(noiseMultiplier / rows)
  const { weights, rest } = rate === 1 ? { weights: [], rest: 1 } : chances(rows, rate)
  const listed = rest === 0 ? weights : [...weights.slice(0, -1), weights.at(-1)! + rest]
  const tops = listed.map((_, j) => (rest > 0 && j === listed.length - 1 ? rows : j))
  return (order) => {
    requireOrder(order)
    const always = unsampled(order)
    if (rate === 0) return 0
    const most = tops.at(-1) ?? rows
    // In the strip |y| ≤ π σ²/3J the mixture has no zero; its width over the step makes the error.
    const strip = Math.min((Math.PI * sigma * sigma) / (3 * most), 2 * sigma)
    const step = (2 * Math.PI * strip) / (44 + order)
    const [from, to] = [-14 * sigma - most, order * most + 14 * sigma]
    if (rate === 1 || listed.length > MOST_TERMS || weights[0] === 0 || (to - from) / step > 2e5)
      return always
    const lossAt = mixtureLoss(listed, tops, sigma)
    let [up, down] = [0, 0]
    const logScale = Math.log(step / (sigma * Math.sqrt(2 * Math.PI)))
    for (let x = from; x <= to; x += step) {
      const logMass = logScale - 0.5 * (x / sigma) ** 2
      const part = (power: number) =>
        power < 1 ? Math.exp(logMass) * Math.expm1(power) : Math.exp(logMass + power) - Math.exp(logMass)
      const { value } = lossAt(x, 0)
      up += part(order * value)
      down += part((1 - order) * value)
    }
    const moment = Math.log1p(Math.max(0, up, down)) * (1 + 2 ** -20) + 2 ** -44
    return Number.isFinite(moment) ? Math.min(always, moment / (order - 1)) : always
  }
}
