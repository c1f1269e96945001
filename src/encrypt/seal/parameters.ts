// Parameters of BFV and CKKS: ring, primes, scale; their security, and what ciphertexts weigh.
// Source: Albrecht et al. 2018, Homomorphic Encryption Security Standard, table 1 (ternary secrets, classical, 128 bits);
// Microsoft SEAL 4.1 (the last prime is for key switching; 8 bytes a coefficient).

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { FrostglassError } from '../../errors.ts'
import { plainPrimes } from './plainPrimes.ts'

/** What a context is made of. JSON. */
export interface HeParameters {
  readonly scheme: 'bfv' | 'ckks'
  /** N: a ciphertext is two polynomials of so many coefficients. */
  readonly degree: Degree
  /** Bits of each prime of the modulus, 20 to 60; the last is for key switching alone. */
  readonly primes: readonly number[]
  /** BFV: bits of the plain modulus, a prime of which 1 is the residue modulo 2N. CKKS: log₂ of the scale. */
  readonly precision: number
  /** BFV: which of the primes of so many bits; 0 if absent. Several stand for one larger modulus, by residues. */
  readonly which?: number | undefined
}

/** Degrees of the polynomial ring, N: the slots of a ciphertext are N for BFV and N / 2 for CKKS. */
export type Degree = 4096 | 8192 | 16_384 | 32_768

/** The most bits of a modulus that leave 128 bits of security. */
export const mostBits: Readonly<Record<Degree, number>> = { 4096: 109, 8192: 218, 16384: 438, 32768: 881 }

const degrees = Object.keys(mostBits).map(Number) as Degree[]

/** Bits of the whole modulus. */
export const modulusBits = ({ primes }: HeParameters): number => primes.reduce((sum, bits) => sum + bits, 0)

/**
 * Refuses parameters of less than 128 bits of security, or that are none.
 * @throws FrostglassError `usage`
 */
export function requireSecure(parameters: HeParameters): HeParameters {
  const { degree, primes, precision, scheme } = parameters
  const refuse = (what: string, hint?: string): never => {
    throw new FrostglassError('usage', what, hint)
  }
  const most = mostBits[degree]
  if (most === undefined) refuse(`a degree is ${degrees.join(', ')}, not ${degree}`)
  if (primes.length < 2 || primes.some((bits) => !Number.isInteger(bits) || bits < 20 || bits > 60))
    refuse('a modulus has two or more primes of 20 to 60 bits')
  const bits = modulusBits(parameters)
  if (bits > most)
    refuse(
      `a modulus of ${bits} bits at degree ${degree} has less than 128 bits of security: at most ${most} bits`,
      'Take a larger degree, or fewer levels.',
    )
  const [low, high] = scheme === 'bfv' ? [14, 40] : [15, 50]
  if (!(precision >= low && precision <= high))
    refuse(
      scheme === 'bfv'
        ? `a plain modulus has ${low} to ${high} bits, not ${precision}`
        : `a scale is 2^${low} to 2^${high}, not 2^${precision}`,
    )
  if (scheme === 'bfv') requirePlainPrime(parameters)
  return parameters
}

/** Refuses a plain modulus that does not exist. @throws FrostglassError `usage` */
function requirePlainPrime({ degree, precision, which = 0 }: HeParameters): void {
  if (!Number.isInteger(precision) || !Number.isInteger(which) || which < 0)
    throw new FrostglassError('usage', 'the size and number of a plain modulus are whole numbers')
  const found = plainPrimes(precision, which + 1, degree).length
  if (found <= which)
    throw new FrostglassError(
      'usage',
      `there ${found === 1 ? 'is 1 plain modulus' : `are ${found} plain moduli`} of ${precision} bits at degree ${degree}, not ${which + 1}`,
      'Take one of more bits.',
    )
}

/** log₂ of the largest |number| that can be read at the last level. */
const largestBits = 9

/**
 * CKKS parameters that compute `levels` products after one another.
 * @param levels products and multiples, each of which takes one prime off
 * @param precision log₂ of the scale; some 15 bits fewer are right in the answers
 * @throws FrostglassError `usage` when no degree has room for so many levels
 * @example ckksParameters(4, 30) // N = 8192, primes of 40, 30, 30, 30, 30, 58 bits
 */
export function ckksParameters(levels: number, precision: number): HeParameters {
  const primes = [precision + largestBits + 1, ...Array.from({ length: levels }, () => precision)]
  const needed = primes.reduce((sum, b) => sum + b, 0)
  const bits = needed + Math.max(20, precision + 10)
  const degree = degrees.find((n) => mostBits[n] >= bits)
  if (degree === undefined)
    throw new FrostglassError(
      'usage',
      `${levels} levels of ${precision} bits need a modulus of ${bits} bits`,
      `Take less: degree 32768 has room for ${mostBits[32_768]} at 128 bits of security.`,
    )
  // All that is left goes to the prime of key switching: the noise of rotations and products goes down with it.
  const special = Math.min(60, mostBits[degree] - needed)
  return requireSecure({ scheme: 'ckks', degree, primes: [...primes, special], precision })
}

/**
 * BFV parameters for whole numbers modulo several primes of `bits` bits: one set a prime.
 * @throws FrostglassError `usage`
 * @example bfvParameters(38, 2).length // 2: numbers up to 2^75 by residues
 */
export const bfvParameters = (bits: number, count: number): HeParameters[] =>
  Array.from({ length: count }, (_, which) =>
    // SEAL's own choice at 128 bits: 218 in all.
    requireSecure({ scheme: 'bfv', degree: 8192, primes: [43, 43, 44, 44, 44], precision: bits, which }),
  )

/** Numbers that a ciphertext holds: N in BFV, N / 2 in CKKS. */
export const slotsOf = ({ scheme, degree }: HeParameters): number => (scheme === 'bfv' ? degree : degree / 2)

/** Levels: how often a prime can be taken off. */
export const levelsOf = ({ primes }: HeParameters): number => primes.length - 2

/** Bytes of a fresh ciphertext before compression; half of it where a seed stands for the second polynomial. */
export const ciphertextBytes = ({ degree, primes }: HeParameters): number =>
  2 * degree * (primes.length - 1) * 8

/** Sixteen hexadecimal digits by which parameters are told from others. */
export const fingerprintOf = ({ scheme, degree, primes, precision, which = 0 }: HeParameters): string =>
  bytesToHex(
    sha256(new TextEncoder().encode(JSON.stringify([scheme, degree, primes, precision, which]))).subarray(
      0,
      8,
    ),
  )
