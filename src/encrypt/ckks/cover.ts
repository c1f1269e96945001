// Covers what an answer decrypts to beside its numbers: what is no mean of repeats gets uniform residues, imaginary parts nearly.
// Source: Gentry, Halevi, Peikert and Smart 2013 (traces to subrings); ../inference/PROOF.md, section 4. Numbers that repeat through all
// slots are a polynomial of Y = X^(N / 2 period); transformed, it is the same all over blocks of N / 2 period residues. So what
// sums up to 0 in each block moves no mean, and can be anything; Yʲ + Y^(2 period − j) moves none's real part.

import type { Ciphertext } from 'node-seal'
import type { Stream } from '../../secret/derive.ts'
import { power } from '../integers.ts'
import type { HeContext } from '../seal/context.ts'

/** So much of 2^bits of the prime is left to real parts, a quarter at most, and their noise; imaginary parts have the rest up to half of the prime. */
const realShare = [17n, 64n] as const

/**
 * Makes what adds a polynomial to the first one of a ciphertext at the last level, in place, that leaves the real parts of the means
 * of slots `period` apart as they are.
 * @param period a power of two
 * @param source secret: whoever knows it takes the cover off
 */
export function coverer(context: HeContext, period: number, source: Stream): (a: Ciphertext) => void {
  const { seal, parameters } = context
  const { degree } = parameters
  const prime = context.lastPrime
  const block = degree / (2 * period)
  const transformed = transform(2 * period, prime)
  const most =
    prime / 2n - ((realShare[0] << BigInt(parameters.primes[0]!)) + realShare[1] - 1n) / realShare[1]
  const imaginary = (): bigint[] => {
    const all = new Array<bigint>(2 * period).fill(0n)
    for (let j = 1; j < period; j++)
      all[j] = all[2 * period - j] = source.bigBelow(2n * most + 1n) - most + prime
    // Its conjugate is its negative: alone, it may be anything.
    all[period] = source.bigBelow(prime)
    return transformed(all)
  }
  return (a) => {
    const bytes = a.saveToArray(seal.ComprModeType.none) as Uint8Array
    const start = bytes.length - 2 * 8 * degree
    if (a.size() !== 2 || a.coeffModulusSize() !== 1 || start < 0)
      throw new RangeError('a cover is for ciphertexts of two polynomials at the last level')
    const view = new DataView(bytes.buffer, bytes.byteOffset + start)
    imaginary().forEach((mean, b) => {
      let left = 0n
      for (let i = b * block; i < (b + 1) * block; i++) {
        // The last one of a block is what the others leave.
        const residue = i < (b + 1) * block - 1 ? source.bigBelow(prime) : prime - (left % prime)
        left += residue
        view.setBigUint64(8 * i, (view.getBigUint64(8 * i, true) + residue + mean) % prime, true)
      }
    })
    a.loadFromArray(context.context, bytes)
  }
}

/**
 * Residues of a polynomial of the last level, transformed, with the mean of its block in the place of each: what repeats, alone
 * and exactly. Such means of polynomials of whole numbers are some.
 * @param bytes little endian, the residues last, N in all; in place
 */
export function meansOfBlocks(bytes: Uint8Array, degree: number, prime: bigint, period: number): void {
  const start = bytes.length - 8 * degree
  const residues = new BigUint64Array(bytes.slice(start).buffer)
  const block = degree / (2 * period)
  for (let from = 0; from < degree; from += block) {
    const piece = residues.subarray(from, from + block)
    let mean = piece.reduce((sum, v) => sum + v) % prime
    // Over a power of two.
    for (let rest = block; rest > 1; rest /= 2) mean = (mean % 2n ? mean + prime : mean) / 2n
    piece.fill(mean)
  }
  bytes.set(new Uint8Array(residues.buffer), start)
}

/**
 * The number-theoretic transform of n coefficients, bits reversed (Longa and Naehrig 2016). Which root of −1 it is of does not matter: another
 * one permutes the imaginary parts of a cover, and turns signs, and their law is the same.
 * @param n a power of two, of which 2n divides prime − 1
 */
function transform(n: number, prime: bigint): (values: readonly bigint[]) => bigint[] {
  const order = BigInt(2 * n)
  let root = 0n
  for (let base = 2n; root === 0n || power(root, order / 2n, prime) !== prime - 1n; base++)
    root = power(base, (prime - 1n) / order, prime)
  const reversed = (k: number) => {
    let result = 0
    for (let bit = 1; bit < n; bit *= 2) result = 2 * result + (k & bit ? 1 : 0)
    return result
  }
  const roots = Array.from({ length: n }, (_, k) => power(root, BigInt(reversed(k)), prime))
  return (values) => {
    const all = values.map((v) => v % prime)
    for (let count = 1, half = n / 2; count < n; count *= 2, half /= 2)
      for (let i = 0; i < count; i++)
        for (let j = 2 * i * half; j < (2 * i + 1) * half; j++) {
          const moved = (all[j + half]! * roots[count + i]!) % prime
          const residue = all[j]!
          all[j] = (residue + moved) % prime
          all[j + half] = (residue - moved + prime) % prime
        }
    return all
  }
}
