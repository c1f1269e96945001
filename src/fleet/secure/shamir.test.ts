// Sharing: any t give the secret, and t − 1 are as likely under every secret.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RandomSource } from '../../random/source.ts'
import { combine, fieldSize, isShare, split } from './shamir.ts'

const secretBytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
const modulo = (value: bigint) => ((value % fieldSize) + fieldSize) % fieldSize

function power(base: bigint, exponent: bigint, size: bigint): bigint {
  let [value, square] = [1n, base % size]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) value = (value * square) % size
    square = (square * square) % size
  }
  return value
}

/** Miller and Rabin's test to 40 bases: a composite passes each with a chance of at most a quarter. */
function isPrime(size: bigint): boolean {
  let [odd, twos] = [size - 1n, 0]
  for (; odd % 2n === 0n; odd /= 2n) twos++
  return Array.from({ length: 40 }, (_, i) => BigInt(i + 2)).every((base) => {
    let value = power(base, odd, size)
    if (value === 1n || value === size - 1n) return true
    for (let i = 1; i < twos; i++) {
      value = (value * value) % size
      if (value === size - 1n) return true
    }
    return false
  })
}

describe('the field', () => {
  it('is that of the least prime above 2^256', () => {
    expect(isPrime(fieldSize)).toBe(true)
    for (let size = 2n ** 256n + 1n; size < fieldSize; size += 2n) expect(isPrime(size)).toBe(false)
  })
})

describe('shares', () => {
  it('give the secret, whichever t of them come, in whichever order', () => {
    fc.assert(
      fc.property(
        secretBytes,
        fc.integer({ min: 1, max: 9 }),
        fc.shuffledSubarray([1, 2, 3, 7, 40, 99, 100, 4096, 65535], { minLength: 9 }),
        (secret, threshold, places) => {
          const shares = split(secret, threshold, places).map((bytes, i) => ({ place: places[i]!, bytes }))
          expect(shares.every(({ bytes }) => bytes.length === 33 && isShare(bytes))).toBe(true)
          expect(combine(shares.slice(-threshold))).toEqual(secret)
          expect(combine(shares.slice(0, threshold))).toEqual(secret)
        },
      ),
    )
  })

  it('hold the least and the largest secret', () => {
    for (const byte of [0, 255]) {
      const secret = new Uint8Array(32).fill(byte)
      const shares = split(secret, 3, [1, 2, 3]).map((bytes, i) => ({ place: i + 1, bytes }))
      expect(combine(shares)).toEqual(secret)
    }
  })

  // For every other secret there is exactly one polynomial through the t − 1 shares, so exactly one draw of the coefficients
  // that gives them: here it is found, and drawn.
  it('of t − 1 are dealt of any other secret by one equally likely draw', () => {
    fc.assert(
      fc.property(secretBytes, secretBytes, fc.integer({ min: 2, max: 6 }), (secret, other, threshold) => {
        const places = [3, 5, 8, 11, 20].slice(0, threshold - 1)
        const shares = split(secret, threshold, places)
        const points = [[0n, number(other)], ...shares.map((bytes, i) => [BigInt(places[i]!), number(bytes)])]
        const coefficients = interpolated(points as [bigint, bigint][])
        // Each coefficient is drawn as nine words, the first of which is cut to a bit.
        const words = coefficients.slice(1).flatMap((value) => {
          const text = value.toString(16).padStart(72, '0')
          return Array.from({ length: 9 }, (_, i) => Number.parseInt(text.slice(8 * i, 8 * i + 8), 16))
        })
        const random: RandomSource = { uint32: () => words.shift()! }
        expect(split(other, threshold, places, random)).toEqual(shares)
        expect(words).toEqual([])
      }),
      { numRuns: 50 },
    )
  })

  it('are no secret where they lie on no such polynomial', () => {
    // At places 1 and 2: 2 y₁ − y₂ = p − 1 is no 32 bytes.
    const share = (place: number, value: bigint) => ({
      place,
      bytes: Uint8Array.from(Buffer.from(value.toString(16).padStart(66, '0'), 'hex').reverse()),
    })
    expect(combine([share(1, 0n), share(2, 1n)])).toBeUndefined()
    expect(isShare(share(1, fieldSize).bytes)).toBe(false)
  })
})

/** Coefficients, the constant one first, of the polynomial through some points, by Newton's divided differences. */
function interpolated(points: readonly [bigint, bigint][]): bigint[] {
  const inverse = (value: bigint) => power(modulo(value), fieldSize - 2n, fieldSize)
  const differences = points.map(([, y]) => y)
  for (let order = 1; order < points.length; order++)
    for (let i = points.length - 1; i >= order; i--)
      differences[i] = modulo(
        (differences[i]! - differences[i - 1]!) * inverse(points[i]![0] - points[i - order]![0]),
      )
  let polynomial: bigint[] = []
  for (let i = points.length - 1; i >= 0; i--) {
    const shifted = [0n, ...polynomial]
    polynomial = shifted.map((value, j) => modulo(value - points[i]![0] * (polynomial[j] ?? 0n)))
    polynomial[0] = modulo((polynomial[0] ?? 0n) + differences[i]!)
  }
  return polynomial
}
