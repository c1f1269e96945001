// What leaves a node of a fleet: its update, held to a length in whole steps of a grid, with exact Gaussian noise on that grid.
// Source: McMahan et al. 2018 (DP-FedAvg); Canonne, Kamath, Steinke 2020 (discrete Gaussian); Kairouz, Liu, Steinke 2021 (sums). PROOF.md.
// Protected is the node's whole table: any other in its place. It does not hide that there is a node, nor when it answers.

import { FrostglassError } from '../../errors.ts'
import type { Spend } from '../../private/ledger/spend.ts'
import { drawDiscreteGaussian } from '../../private/mechanisms/exactRandom.ts'
import { exponentOf } from '../../private/mechanisms/exponent.ts'
import { gaussianPrice } from '../../private/mechanisms/noise.ts'
import { exactly, product } from '../../private/mechanisms/rational.ts'
import { requireClip } from '../../private/training/clipping.ts'
import { type RandomSource, systemRandom } from '../../random/source.ts'
import { noisySumPrice } from '../secure/sumPrice.ts'

/** How updates are clipped and noised; what a release costs is worked out of these numbers alone. */
export interface UpdateNoise {
  /** One step of the grid is 2^exponent. */
  readonly exponent: number
  /** K: no update is longer than so many steps, in the L2 norm. A whole number, at most 2^25. */
  readonly most: number
  /** σ of one node's noise, in steps: this double, exactly. */
  readonly sigma: number
}

/** Noise multipliers that are drawn: below, prices are no promise; above, nothing of an update is left on the grid. */
export const multiplierRange = [2 ** -4, 2 ** 18] as const

/** Bits of the noise: σ is 2^20 to 2^21 steps of its grid. */
const noiseBits = 20

/**
 * @param clip C, 2^-20 to 2^20: the most that an update counts for, in the L2 norm
 * @param multiplier z: σ over C, 2^-4 to 2^18
 * @throws FrostglassError 'usage' for numbers outside their ranges
 */
export function updateNoise(clip: number, multiplier: number): UpdateNoise {
  requireClip(clip)
  requireMultiplier(multiplier)
  const deviation = multiplier * clip
  const exponent = exponentOf(deviation) - noiseBits
  // Products with powers of two are exact: what is drawn with, and priced, is `sigma`, whatever `deviation` was rounded to.
  return Object.freeze({
    exponent,
    most: Math.floor(clip * 2 ** -exponent),
    sigma: deviation * 2 ** -exponent,
  })
}

/** @throws FrostglassError 'usage' for a noise multiplier outside its range */
export function requireMultiplier(multiplier: number): void {
  if (multiplier >= multiplierRange[0] && multiplier <= multiplierRange[1]) return
  throw new FrostglassError(
    'usage',
    `a noise multiplier of a fleet is 2^-4 to 2^18, not ${multiplier}`,
    'Name another ε, or fewer or more rounds.',
  )
}

/**
 * An update in whole steps, K steps long at most: scaled down where it is longer, and cut off towards zero. What is no finite
 * number anywhere counts as no update at all. That the length is held is counted in whole numbers, not believed of roundings.
 * @param update [weights]
 * @returns [weights], whole numbers
 */
export function wholeUpdate(
  update: Float64Array,
  { exponent, most }: Pick<UpdateNoise, 'exponent' | 'most'>,
): Float64Array {
  let largest = 0
  for (const v of update) {
    if (!Number.isFinite(v)) return new Float64Array(update.length)
    largest = Math.max(largest, Math.abs(v))
  }
  const whole = new Float64Array(update.length)
  if (largest === 0) return whole
  let squares = 0
  for (const v of update) squares += (v / largest) ** 2
  // In steps; an infinite length scales all to nothing.
  const length = largest * Math.sqrt(squares) * 2 ** -exponent
  let scale = Math.min(1, most / length) * 2 ** -exponent
  // Roundings may leave it longer by a last digit: then a little less is taken, until whole numbers say that it fits.
  for (let less = 2 ** -40; less < 1; less *= 2) {
    for (let i = 0; i < whole.length; i++) whole[i] = Math.trunc(update[i]! * scale)
    if (isWithin(whole, most)) return whole
    scale *= 1 - less
  }
  return whole.fill(0)
}

/** Whether Σ k² ≤ K². Exact: no k² and no sum comes to 2^52, since it stops where one is beyond K² ≤ 2^50. */
export function isWithin(whole: Float64Array, most: number): boolean {
  let squares = 0
  for (const k of whole) {
    if (!(Math.abs(k) <= most)) return false
    squares += k * k
    if (squares > most * most) return false
  }
  return true
}

/**
 * Adds a node's noise to whole steps, in place.
 * @param whole [weights], whole numbers
 */
export function addNoise(
  whole: Float64Array,
  { sigma }: UpdateNoise,
  random: RandomSource = systemRandom,
): void {
  const variance = product(exactly(sigma), exactly(sigma))
  // Sums stay far below 2^53: K + 2^25 · σ is below 2^47, and a draw beyond that does not happen.
  for (let i = 0; i < whole.length; i++) whole[i] = whole[i]! + Number(drawDiscreteGaussian(variance, random))
}

/**
 * What one node's reply gives away, its noise being its own: ρ = (2K)² / 2σ². Two tables' updates lie at most 2K apart, each
 * being K long at most.
 */
export function localPrice({ most, sigma }: UpdateNoise): Spend {
  const { rho } = gaussianPrice(exactly(2 * most), product(exactly(sigma), exactly(sigma)))
  return { kind: 'concentrated', rho: rho! }
}

/**
 * What the sum over nodes gives away, and nothing but the sum is seen: `honest` nodes have added noise of σ each. A sum of
 * discrete Gaussians is none, but for a part that is counted (src/fleet/secure/PROOF.md, lemma 9).
 * @param honest nodes that add their noise, the one whose table is protected among them
 * @param weights numbers of an update
 */
export function sharePrice({ most, sigma }: UpdateNoise, honest: number, weights: number): Spend {
  const noise = product(exactly(sigma), exactly(sigma))
  const { rho } = noisySumPrice({ noise, honest, length: weights }, exactly(2 * most))
  return { kind: 'concentrated', rho: rho! }
}
