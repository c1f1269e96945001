// Exact draws by weights that nobody can write down: items are taken in proportion to counts times exp(−γ).
// Source: bounds by series with stated errors; a uniform real revealed bit by bit until the bounds tell where it falls.
// It does not promise constant time: once in about 2^60 draws it computes twice.

import { drawBits } from '../../random/integers.ts'
import type { RandomSource } from '../../random/source.ts'
import type { Rational } from './rational.ts'

/** Integers around a real number times 2^precision: low ≤ x 2^precision ≤ high. */
export interface Bounds {
  readonly low: bigint
  readonly high: bigint
}

/** e^−x between integers over 2^precision, for x ≥ 0; apart by a few units at most. */
export function exponentialBounds(x: Rational, precision: number): Bounds {
  const one = 1n << BigInt(precision)
  if (x.numerator === 0n) return { low: one, high: one }
  const whole = x.numerator / x.denominator
  if (whole > BigInt(precision)) return { low: 0n, high: 1n }
  // e^−x = (e^−y)^(2^m) with y = x / 2^m ≤ 1/2, where the series is short. Squaring doubles errors: m + 16 places more.
  const squarings = whole.toString(2).length + 1
  const guard = BigInt(squarings + 16)
  const unit = BigInt(precision) + guard
  const y = (x.numerator << unit) / (x.denominator << BigInt(squarings))
  let term = 1n << unit
  let total = term
  let turns = 0n
  while (term !== 0n) {
    turns++
    term = (term * y) / (turns << unit)
    total += turns % 2n === 0n ? term : -term
  }
  // Each term lacks less than 2 units, so does what is left out, and y lacks less than 1.
  const error = 2n * turns + 4n
  let low = total - error
  let high = total + error
  for (let i = 0; i < squarings; i++) {
    low = (low * low) >> unit
    high = ((high * high) >> unit) + 1n
  }
  return { low: low >> guard, high: (high >> guard) + 1n }
}

/** a · b, still bounds. */
export const boundsProduct = (a: Bounds, b: Bounds, precision: number): Bounds => ({
  low: (a.low * b.low) >> BigInt(precision),
  high: ((a.high * b.high) >> BigInt(precision)) + 1n,
})

/**
 * Item i with probability w_i / Σ w, exactly.
 * @param weights bounds on the weights at a precision in binary places, each closing in on w_i as that grows.
 * @param precision where to start.
 */
export function drawByWeights(
  weights: (precision: number) => readonly Bounds[],
  precision: number,
  random: RandomSource,
): number {
  let uniform = 0n
  for (let places = 0, more = precision; ; more = places) {
    // More places of the same uniform real: which item it falls on never depends on how closely we look.
    uniform = (uniform << BigInt(more)) | drawBits(more, random)
    places += more
    const bounds = weights(places)
    let low = 0n
    let high = 0n
    for (const item of bounds) {
      low += item.low
      high += item.high
    }
    // The real times Σ w lies from `from` up to below `to`, all times 2^places.
    const from = uniform * low
    const to = (uniform + 1n) * high
    low = 0n
    high = 0n
    for (const [i, item] of bounds.entries()) {
      const begins = high
      low += item.low
      high += item.high
      if (begins << BigInt(places) <= from && to <= low << BigInt(places)) return i
      if (begins << BigInt(places) > from) break
    }
  }
}
