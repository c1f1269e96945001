// Parameters of CKKS for one image's answer: how the bits of a modulus are shared out between scale, answer and key switching.
// Source: Albrecht et al. 2018 by seal/parameters.ts; Cheon, Kim, Kim and Song 2017 (a prime for each level).
// They hold answers up to ±2^range with a mask as large. How noisy those are is latencyNoise.ts.

import { FrostglassError } from '../../errors.ts'
import { type Degree, type HeParameters, mostBits, requireSecure } from '../seal/parameters.ts'

/** Answer and mask are up to 2^range each, and noise little; signs take a bit: numbers stay below half of the first prime. */
const roomForMask = 3

/** Bits behind the point of the noise that a computation leaves, at least, before the answer is scaled. */
const leastAnswerBits = 12

/**
 * Bits that the prime of key switching has beyond the first prime. Residues are of 0 … q and not around 0: their mean leaves √N
 * times the usual in the first slots. With these bits that, too, is below what rounding leaves (PROOF.md, section 3).
 */
const special = 10

/** log₂ of scales: below, SEAL finds too few primes; above, nothing is gained. */
export const [leastPrecision, mostPrecision] = [24, 36] as const

/** Beyond, float64 cannot tell the numbers that a mask is made of. */
const mostFirst = 50

/** Parameters, and log₂ of the scale of the answer. */
export interface LatencyParameters {
  readonly parameters: HeParameters
  readonly answerPrecision: number
}

/**
 * The smallest degree that has room.
 * @param levels products one after another
 * @param precision log₂ of the scale but for the answer's
 * @param range log₂ of a bound of every |answer|, a whole number
 * @throws FrostglassError `unsupported` where none has, with the range that has room
 * @example latencyParameters(5, 28, 16) // N = 8192, primes of 34, 28, 28, 28, 28, 28, 44 bits; the answer's scale is 2^15
 */
export function latencyParameters(levels: number, precision: number, range: number): LatencyParameters {
  const firstOf = (degree: Degree) =>
    Math.min(mostFirst, Math.floor((mostBits[degree] - levels * precision - special) / 2))
  const held = (first: number) => first - roomForMask - leastAnswerBits
  const degree = latencyDegrees.find((size) => firstOf(size) >= precision && held(firstOf(size)) >= range)
  if (degree === undefined) {
    const most = held(firstOf(latencyDegrees.at(-1)!))
    throw new FrostglassError(
      'unsupported',
      range > most && most >= precision
        ? `one image at a time: answers may reach ±2^${range}, and ±2^${most} can be held`
        : `one image at a time: ${levels} levels of ${precision} bits and answers of ±2^${range} have no room`,
      "Scale the last layer's weights down, or take fewer layers.",
    )
  }
  const first = firstOf(degree)
  const rest = mostBits[degree] - levels * precision - first
  const primes = [first, ...Array.from({ length: levels }, () => precision), Math.min(60, rest)]
  return {
    parameters: requireSecure({ scheme: 'ckks', degree, primes, precision }),
    // SEAL takes no scale as large as the modulus.
    answerPrecision: Math.min(first - 2, first - roomForMask - range),
  }
}

/** Of degree 4096 the modulus has too few bits for a convolution, a square and a dense layer. */
const latencyDegrees: readonly Degree[] = [8192, 16_384, 32_768]
