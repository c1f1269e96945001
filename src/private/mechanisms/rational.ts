// Exact rationals on BigInt, and the way between them and doubles: in without error, out rounded against us.
// Source: IEEE 754-2019, 3.4 (binary64: every finite double is an integer times a power of two).
// It does not promise speed: parameters of mechanisms go through here, not their draws.

import { FrostglassError } from '../../errors.ts'
import { shown } from '../accounting/check.ts'

/** numerator / denominator; the denominator is positive, and the two have no common divisor. */
export interface Rational {
  readonly numerator: bigint
  readonly denominator: bigint
}

/**
 * A number that mechanisms take exactly. A double means the rational that it is, not the decimal that was typed: 0.1 is
 * 3602879701896397 / 2^55. Where the decimal is meant, write `rational(1n, 10n)`.
 */
export type Exact = number | bigint | Rational

/** The rational n / d in lowest terms. @throws RangeError when d is zero, or either is no bigint. */
export function rational(n: bigint, d = 1n): Rational {
  if (typeof n !== 'bigint' || typeof d !== 'bigint')
    throw new RangeError(`a rational is of two bigints, but ${shown(n)} and ${shown(d)} came`)
  if (d === 0n) throw new RangeError('a rational has a denominator other than 0')
  if (d < 0n) return rational(-n, -d)
  let [a, b] = [n < 0n ? -n : n, d]
  while (b !== 0n) [a, b] = [b, a % b]
  return { numerator: n / a, denominator: d / a }
}

const view = new DataView(new ArrayBuffer(8))

/** The rational that `x` is, without rounding. @throws RangeError when it is NaN, infinite, or no number at all. */
export function exactly(x: Exact): Rational {
  if (typeof x === 'bigint') return rational(x)
  if (typeof x === 'object' && x !== null) return rational(x.numerator, x.denominator)
  if (!Number.isFinite(x)) throw new RangeError(`expected a finite number, but ${shown(x)} came`)
  if (Number.isSafeInteger(x)) return rational(BigInt(x))
  view.setFloat64(0, x)
  const bits = view.getBigUint64(0)
  const exponent = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xf_ffff_ffff_ffffn
  const magnitude = exponent === 0 ? fraction : fraction | (1n << 52n)
  const signed = x < 0 ? -magnitude : magnitude
  const power = Math.max(exponent, 1) - 1075
  return power >= 0 ? rational(signed << BigInt(power)) : rational(signed, 1n << BigInt(-power))
}

/** Parameters lie between 2^−1000 and 2^1000, and are made of integers of at most so many bits: so draws end in time. */
const [MOST_POWER, MOST_BITS] = [1000, 4096]

/**
 * `x` as an exact rational, for a scale, a sensitivity, a privacy parameter.
 * @throws FrostglassError `usage` unless it is a number, a bigint or a rational from 2^−1000 to 2^1000.
 */
export function positive(name: string, x: Exact): Rational {
  const value = exactOrNothing(x)
  if (value === undefined || value.numerator <= 0n)
    throw new FrostglassError(
      'usage',
      `${name} must be positive and finite, but ${exactShown(x)} came`,
      `Give ${name} as a number above 0; without a finite one there is no guarantee to state.`,
    )
  const [above, below] = [bitsOf(value.numerator), bitsOf(value.denominator)]
  if (Math.abs(above - below) > MOST_POWER || Math.max(above, below) > MOST_BITS)
    throw new FrostglassError(
      'usage',
      `${name} must lie between 2^−${MOST_POWER} and 2^${MOST_POWER}, but ${exactShown(x)} came`,
      `Give ${name} in a unit in which it is an ordinary number.`,
    )
  return value
}

/** ε of a mechanism, from 2^−80 to 2^64. @throws FrostglassError `usage` outside. */
export function positiveEpsilon(name: string, x: Exact): Rational {
  const value = positive(name, x)
  const power = bitsOf(value.numerator) - bitsOf(value.denominator)
  if (power >= -80 && power <= 64) return value
  throw new FrostglassError(
    'usage',
    `${name} must lie between 2^−80 and 2^64, but ${exactShown(x)} came`,
    'Give an ε such as 0.1 or 1; beyond 20 it protects nobody.',
  )
}

/**
 * A whole number from `least` to `most`, for a count of keys, categories, dimensions.
 * @throws FrostglassError `usage` for anything else.
 */
export function whole(name: string, x: number, least = 1, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(x) && x >= least && x <= most) return x
  throw new FrostglassError(
    'usage',
    `${name} must be an integer from ${least} to ${most}, but ${shown(x)} came`,
    `Give ${name} as a whole number.`,
  )
}

/** A double from `least` to `most`. @throws FrostglassError `usage` for anything else. */
export function between(name: string, x: number, least: number, most: number): number {
  if (typeof x === 'number' && x >= least && x <= most) return x
  throw new FrostglassError(
    'usage',
    `${name} must be a number from ${least} to ${most}, but ${shown(x)} came`,
    `Give ${name} as a finite number.`,
  )
}

function exactOrNothing(x: Exact): Rational | undefined {
  try {
    return exactly(x)
  } catch {
    return undefined
  }
}

const bitsOf = (n: bigint): number => n.toString(2).length

function exactShown(x: Exact): string {
  if (typeof x !== 'object' || x === null) return shown(x)
  return `${shown(x.numerator)} over ${shown(x.denominator)}`
}

export const product = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.numerator, a.denominator * b.denominator)

export const quotient = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.denominator, a.denominator * b.numerator)

export const sum = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)

/** ⌊a / b⌋ for b > 0; BigInt's own division goes towards zero. */
export const floorDivide = (a: bigint, b: bigint): bigint => (a < 0n ? -((b - 1n - a) / b) : a / b)

/** ⌈a⌉ */
export const ceiling = (a: Rational): bigint => -floorDivide(-a.numerator, a.denominator)

/** ⌊√n⌋ for n ≥ 0. */
export function floorRoot(n: bigint): bigint {
  if (n < 1n << 52n) return BigInt(Math.floor(Math.sqrt(Number(n))))
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1)
  for (;;) {
    const next = (root + n / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

/** A double that is at least `a` ≥ 0, and above it by less than one part in 2^52 (or by 2^-1074); Infinity beyond the range. */
export function roundedUp(a: Rational): number {
  if (a.numerator === 0n) return 0
  const bits = a.numerator.toString(2).length - a.denominator.toString(2).length
  // 53 or 54 bits of quotient, then its ceiling to an even 53: Number() of such an integer is exact.
  const shift = Math.min(53 - bits, 1074)
  const scaled =
    shift >= 0
      ? rational(a.numerator << BigInt(shift), a.denominator)
      : rational(a.numerator, a.denominator << BigInt(-shift))
  let whole = ceiling(scaled)
  if (whole > 1n << 53n) whole += whole & 1n
  const value = Number(whole)
  // In two steps, since 2^-1074 … 2^1023 does not hold every power between.
  const half = Math.trunc(shift / 2)
  return value * 2 ** -half * 2 ** -(shift - half)
}

/**
 * What a formula gave, a little larger: 2^-44 of it, more than a few operations and calls of Math.exp or Math.log round
 * away. So a stated loss is never below the proved one.
 */
export const against = (x: number): number => x * (1 + 2 ** -44)
