// Shamir's secret sharing of raw secrets of 32 bytes: any t shares give the secret, t − 1 say nothing of it.
// Source: Shamir 1979, over the integers modulo p = 2^256 + 297, the least prime above 2^256: every secret is a number below it.
// It does not find out wrong shares: commitments do (messages.ts), and what the secret is checked against.

import { drawBigBelow } from '../../random/integers.ts'
import type { RandomSource } from '../../random/source.ts'
import { systemRandom } from '../../random/source.ts'

/** The field's size. */
export const fieldSize = 2n ** 256n + 297n
/** Bytes of a share: a number below the field's size, little-endian. */
export const shareBytes = 33

/** A share, and the place (1 and up) where the polynomial was taken. */
export interface Share {
  readonly place: number
  readonly bytes: Uint8Array
}

/**
 * A share for each place: a polynomial of degree threshold − 1, uniform but for its value at 0, which is the secret.
 * @param secret 32 bytes @param places different whole numbers, 1 … 65,535
 */
export function split(
  secret: Uint8Array,
  threshold: number,
  places: readonly number[],
  random: RandomSource = systemRandom,
): Uint8Array[] {
  const coefficients = [numberOf(secret)]
  for (let i = 1; i < threshold; i++) coefficients.push(drawBigBelow(fieldSize, random))
  return places.map((place) => {
    const x = BigInt(place)
    let value = 0n
    for (let i = threshold - 1; i >= 0; i--) value = (value * x + coefficients[i]!) % fieldSize
    return bytesOf(value, shareBytes)
  })
}

/** Whether bytes are a share: a number of the field. */
export const isShare = (bytes: Uint8Array): boolean => numberOf(bytes) < fieldSize

/**
 * The secret of as many shares as it took to hide it, by Lagrange's interpolation at 0; nothing where that is no 32 bytes.
 * @param shares of different places
 */
export function combine(shares: readonly Share[]): Uint8Array | undefined {
  const places = shares.map(({ place }) => BigInt(place))
  // Σ_i y_i Π_{j≠i} x_j / (x_j − x_i) = (Π_j x_j) Σ_i y_i / (x_i Π_{j≠i} (x_j − x_i))
  const below = places.map((x, i) =>
    places.reduce((value, other, j) => (i === j ? value : modulo(value * (other - x))), x),
  )
  const inverses = inversesOf(below)
  let sum = 0n
  shares.forEach(({ bytes }, i) => {
    sum = modulo(sum + numberOf(bytes) * inverses[i]!)
  })
  const secret = places.reduce((value, x) => modulo(value * x), sum)
  return secret < 1n << 256n ? bytesOf(secret, 32) : undefined
}

const modulo = (value: bigint): bigint => {
  const rest = value % fieldSize
  return rest < 0n ? rest + fieldSize : rest
}

/** All at the cost of one inversion (Montgomery's trick). */
function inversesOf(values: readonly bigint[]): bigint[] {
  const before = [1n]
  for (const value of values) before.push(modulo(before.at(-1)! * value))
  let inverse = inverseOf(before.at(-1)!)
  const inverses = new Array<bigint>(values.length)
  for (let i = values.length - 1; i >= 0; i--) {
    inverses[i] = modulo(inverse * before[i]!)
    inverse = modulo(inverse * values[i]!)
  }
  return inverses
}

/** Euclid's algorithm, extended. */
function inverseOf(value: bigint): bigint {
  let [high, low] = [fieldSize, value]
  let [before, now] = [0n, 1n]
  while (low > 1n) {
    const times = high / low
    ;[high, low] = [low, high - times * low]
    ;[before, now] = [now, before - times * now]
  }
  return modulo(now)
}

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)

const bytesOf = (value: bigint, count: number): Uint8Array =>
  Uint8Array.from(Buffer.from(value.toString(16).padStart(2 * count, '0'), 'hex').reverse())
