// Gaussian noise for training: integers ⌊s Z⌋, Z standard normal, drawn from just that law and fast enough for gradients.
// Source: rejection from a staircase (Walker's alias method picks the step); comparing binary places as in exactRandom.ts.
// ⌊s Z⌋ added to integers is the continuous Gaussian mechanism, rounded after it: what holds for that one holds here.

import { drawBits } from '../../random/integers.ts'
import type { RandomSource } from '../../random/source.ts'
import { exponentOf } from '../mechanisms/exponent.ts'
import { expBetween } from './expBounds.ts'

/** Scales that a sampler takes: in them one step of the staircase is 1/16 to 1/8 of a standard deviation. */
export const scaleRange = [2 ** 30, 2 ** 31] as const

const stepBits = 27
const stepWidth = 2 ** stepBits
const cells = 256
const two32 = 2 ** 32
/** Deviations that the staircase covers: beyond lies 1.3e-38 of the mass, which is not drawn. */
export const reach = 13

/**
 * Noise multipliers that mechanisms take: with less, what is not drawn on one data set is seen on an adjacent one more often
 * than 10⁻¹⁸ of the time (PROOF.md, lemma 5).
 */
export const leastMultiplier = 0.25
/** More than the relative error of what is computed in doubles below. */
const slack = 1e-13

/** Draws of ⌊s Z⌋. */
export interface RoundedGaussian {
  readonly scale: number
  /** Fills with independent integers. */
  fill(into: Float64Array, random: RandomSource): void
}

/** The staircase over |x|: integer weights that sum to `cells` · 2^32, the last of them for nothing at all. */
interface Staircase {
  readonly weights: readonly number[]
  /** A step's height is its weight over this; each is at least exp(−x² / 2s²) all over its step. */
  readonly unit: number
}

function staircase(scale: number): Staircase {
  const steps = Math.ceil((reach * scale) / stepWidth)
  const tops = Array.from({ length: steps }, (_, i) => Math.exp(-0.5 * ((i * stepWidth) / scale) ** 2))
  const total = cells * two32
  const unit = Math.floor((total - 2 * cells) / tops.reduce((sum, top) => sum + top, 0) / (1 + slack))
  const weights = tops.map((top) => Math.ceil(top * unit * (1 + slack)))
  return { weights: [...weights, total - weights.reduce((sum, w) => sum + w, 0)], unit }
}

/** Walker's tables: cell i gives itself with probability first[i] / 2^32, else other[i]. Exact, since all is integers. */
function aliasTables(weights: readonly number[]): { first: Float64Array; other: Uint8Array } {
  const rest = Array.from({ length: cells }, (_, i) => weights[i] ?? 0)
  const first = new Float64Array(cells).fill(two32)
  const other = Uint8Array.from({ length: cells }, (_, i) => i)
  const below = rest.flatMap((w, i) => (w < two32 ? [i] : []))
  const above = rest.flatMap((w, i) => (w >= two32 ? [i] : []))
  while (below.length > 0 && above.length > 0) {
    const small = below.pop()!
    const large = above.at(-1)!
    first[small] = rest[small]!
    other[small] = large
    rest[large] = rest[large]! - (two32 - rest[small]!)
    if (rest[large] < two32) below.push(above.pop()!)
  }
  return { first, other }
}

/**
 * Noise of one scale.
 * @param scale s from 2^30 to 2^31, the standard deviation in steps of the grid
 * @throws RangeError for a scale outside that range
 */
export function roundedGaussian(scale: number): RoundedGaussian {
  if (!(scale >= scaleRange[0] && scale <= scaleRange[1]))
    throw new RangeError(`the scale is 2^30 to 2^31, but ${scale} came`)
  const { weights, unit } = staircase(scale)
  const steps = weights.length - 1
  const { first, other } = aliasTables(weights)
  const factor = weights.map((w) => (unit / w) * two32)
  // Below it the first 32 places of the coin say yes wherever in the step x is.
  const surely = factor.map(
    (f, i) => f * Math.exp(-0.5 * (((i + 1) * stepWidth) / scale) ** 2) * (1 - slack) - 1,
  )
  const narrow = -0.5 / (scale * scale)
  const one = (random: RandomSource): number => {
    for (;;) {
      const coin = random.uint32()
      const word = random.uint32()
      const cell = word & (cells - 1)
      const step = coin < first[cell]! ? cell : other[cell]!
      const x = step * stepWidth + (random.uint32() & (stepWidth - 1))
      const u = random.uint32()
      if (step >= steps) continue
      if (u >= surely[step]!) {
        // Heights at both ends of [x, x + 1), times 2^32; only a coin between them needs more places.
        const f = factor[step]!
        const high = f * Math.exp(narrow * x * x) * (1 + slack)
        if (u >= high) continue
        const low = f * Math.exp(narrow * (x + 1) * (x + 1)) * (1 - slack)
        if (u + 1 > low && !exactly({ scale, weight: weights[step]!, unit, x, u, random })) continue
      }
      return word >= 2 ** 31 ? -x - 1 : x
    }
  }
  return {
    scale,
    fill(into, random) {
      for (let i = 0; i < into.length; i++) into[i] = one(random)
    },
  }
}

/** Noise in whole steps of 2^exponent. */
export interface WholeNoise {
  readonly exponent: number
  /** Independent ⌊s Z⌋, s steps being the deviation that was asked for. */
  fill(into: Float64Array, random: RandomSource): void
}

/** Noise of a deviation, on the grid that the sampler's scales ask for. @param deviation from 2^-900 to 2^900 */
export function wholeNoise(deviation: number): WholeNoise {
  // Scales of the sampler are 2^30 to 2^31; a product with a power of two is exact.
  const exponent = exponentOf(deviation) - 30
  const { fill } = roundedGaussian(deviation * 2 ** -exponent)
  return { exponent, fill }
}

/**
 * Whether a coin whose first 32 places are u falls below exp(−X² / 2s²) · unit / weight, where X is uniform on [x, x + 1):
 * places of both are drawn until it is sure.
 */
export function exactly(question: {
  scale: number
  weight: number
  unit: number
  x: number
  u: number
  random: RandomSource
}): boolean {
  const { scale, unit, weight, random } = question
  // A double from 2^30 to 2^31 is a multiple of 2^−22.
  const s = BigInt(scale * 2 ** 22)
  const denominator = 2n * s * s
  let x = BigInt(question.x)
  let u = BigInt(question.u)
  for (let xPlaces = 0n, uPlaces = 32n; ; xPlaces += 64n, uPlaces += 64n) {
    const square = (at: bigint) => (at * at) << 44n
    const scaled = denominator << (2n * xPlaces)
    const bits = uPlaces + 64n
    const [low] = expBetween(square(x + 1n), scaled, bits)
    const [, high] = expBetween(square(x), scaled, bits)
    const rise = bits - uPlaces
    if (((u + 1n) << rise) * BigInt(weight) <= low * BigInt(unit)) return true
    if ((u << rise) * BigInt(weight) >= high * BigInt(unit)) return false
    x = (x << 64n) | drawBits(64, random)
    u = (u << 64n) | drawBits(64, random)
  }
}
