// The contract of a private mechanism: what it draws, and what that costs at each distance between inputs.
// Source: Gaboardi, Hay, Vadhan 2020 (measurements, privacy maps); Bun and Steinke 2016 (zCDP); Mironov 2017 (Rényi).
// It does not promise that inputs are as close as the caller says: bounding what one person adds comes before.

import type { RandomSource } from '../../random/source.ts'
import { pureCurve } from '../accounting/convert.ts'
import { against, type Exact, exactly, product, type Rational, roundedUp } from './rational.ts'

/**
 * What one release gives away about which of two inputs it came from. Every field that is there is proved, and rounded up;
 * they are bounds on the same release, so a caller takes whichever composes best, never their sum.
 */
export interface PrivacyLoss {
  /** Pure ε: no output's probability differs by more than a factor of e^ε. */
  readonly epsilon?: number | undefined
  /** ρ of zero-concentrated differential privacy: the Rényi divergence of each order α > 1 is at most α ρ. */
  readonly rho?: number | undefined
  /** (ε, δ): as ε, but for events of probability δ. */
  readonly approximate?: { readonly epsilon: number; readonly delta: number } | undefined
  /** The Rényi divergence, in nats, at an order α > 1 (need not be an integer). @throws RangeError unless α > 1, finite. */
  readonly renyi?: ((order: number) => number) | undefined
}

/**
 * In what the distance between two inputs is counted:
 * - `l1`, `l2`: the norm of the difference of two vectors (for one number, of the difference);
 * - `units`: how many people's (or rows') data were added, removed or changed, as the mechanism says.
 */
export type Distance = 'l1' | 'l2' | 'units'

/** A mechanism with its price: a frozen record of pure functions (but for the draws). */
export interface Measurement<I, O> {
  readonly name: string
  /** What `map` takes. */
  readonly distance: Distance
  /** One release. @param random the operating system's CSPRNG unless given (tests give one that repeats). */
  invoke(input: I, random?: RandomSource): O
  /**
   * What a release gives away between any two inputs at most `distance` apart.
   * @throws RangeError unless `distance` is finite and not negative (an integer, for units).
   */
  map(distance: Exact): PrivacyLoss
}

/** A distance as an exact rational. */
export function distanceOf(distance: Exact, whole: boolean): Rational {
  const value = exactly(distance)
  if (value.numerator < 0n) throw new RangeError('a distance between inputs is not negative')
  if (whole && value.denominator !== 1n) throw new RangeError('this distance is counted in whole numbers')
  return value
}

/** @throws RangeError unless these are bigints: a text plus noise would be the text, with the noise behind it. */
export function requireIntegers(values: readonly bigint[]): void {
  if (Array.isArray(values) && values.every((value) => typeof value === 'bigint')) return
  throw new RangeError('this measurement takes a list of integers, such as [120n]')
}

/** Nothing given away, at distance 0. */
const nothing: PrivacyLoss = { epsilon: 0, rho: 0, renyi: () => 0 }

function order(alpha: number): number {
  if (!(alpha > 1) || alpha === Infinity) throw new RangeError(`a Rényi order is above 1, but ${alpha} came`)
  return alpha
}

/**
 * What pure ε means: ρ = ε² / 2 (Bun and Steinke 2016, Proposition 3.3), or `rho` where the mechanism has a better one; and
 * the Rényi curve, by default that of binary randomised response, which is the largest that ε allows (the same proof).
 */
export function pureLoss(
  epsilon: Rational,
  better: { rho?: Rational | undefined; renyi?: ((order: number) => number) | undefined } = {},
): PrivacyLoss {
  if (epsilon.numerator === 0n) return nothing
  const e = roundedUp(epsilon)
  const half = { numerator: 1n, denominator: 2n }
  const rho = roundedUp(better.rho ?? product(half, product(epsilon, epsilon)))
  const curve = better.renyi ?? worstCurve(e)
  // Divergences grow with the order up to ε, so ε bounds all of them, and so does α ρ.
  return {
    epsilon: e,
    rho,
    renyi: (alpha) => Math.min(e, against(Math.min(order(alpha) * rho, curve(alpha)))),
  }
}

/** The curve of binary randomised response, with what its logarithm may have lost added. */
function worstCurve(epsilon: number): (alpha: number) => number {
  const curve = pureCurve(epsilon)
  return (alpha) => curve(alpha) + cushioned(0, alpha * epsilon) / (alpha - 1)
}

/** A logarithm near 0 that came from terms of size `size`: what cancels there is an absolute error, so add one. */
export const cushioned = (moment: number, size: number): number => moment + 2 ** -48 * (1 + size)

/** What ρ-zCDP means: Rényi divergence α ρ at each order α (its definition). */
export function concentratedLoss(rho: Rational): PrivacyLoss {
  if (rho.numerator === 0n) return nothing
  const r = roundedUp(rho)
  return { rho: r, renyi: (alpha) => against(order(alpha) * r) }
}
