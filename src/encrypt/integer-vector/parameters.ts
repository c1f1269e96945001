// Parameters of integer-vector encryption, as published and with what the publication leaves out.
// Source: Zhou and Wornell 2014, sections III and IV; Sayyad and Kulkarni (defaults: l = 100, w = 2^25, bounds 10).
// BROKEN with any of them: see BREAK.md. No choice here makes the scheme fit to keep a secret.

import { FrostglassError } from '../../errors.ts'

/** What every key and ciphertext of a scheme shares. */
export interface IntegerVectorParameters {
  /** l: bits of a ciphertext's number that key switching takes apart; a larger number is an error. */
  readonly bits: number
  /** w: a plaintext number weighs so much in `S c = q k + w x + e`. */
  readonly weight: bigint
  /** Entries of the key's extra column T are drawn from 0 … keyBound − 1. */
  readonly keyBound: bigint
  /** Entries of the mask A are drawn from 0 … maskBound − 1; with a modulus from all numbers below it. */
  readonly maskBound: bigint
  /** Entries of the noise E are drawn from −noise … noise. */
  readonly noise: bigint
  /** q, at most 2^bits; null: numbers grow without bound. */
  readonly modulus: bigint | null
}

/**
 * As published: no modulus, and a noise drawn from [0, 1) and rounded down, which is none. BROKEN: the secret key is one
 * division of two public numbers, and a ciphertext shows its message to whoever divides by w.
 */
export const published: IntegerVectorParameters = Object.freeze({
  bits: 100,
  weight: 2n ** 25n,
  keyBound: 10n,
  maskBound: 10n,
  noise: 0n,
  modulus: null,
})

/** As published, but with the noise up to 10 that its text asks for. BROKEN: least squares and rounding give the key. */
export const noisy: IntegerVectorParameters = Object.freeze({ ...published, noise: 10n })

/**
 * With noise, and a modulus q = 2^100 of which w = 2^70 leaves thirty bits for a message. BROKEN: the key is one column of
 * numbers below 10, and trying them all takes no time.
 */
export const modular: IntegerVectorParameters = Object.freeze({
  ...noisy,
  weight: 2n ** 70n,
  modulus: 2n ** 100n,
})

/** @throws FrostglassError `usage` for parameters that fit no scheme */
export function requireParameters(parameters: IntegerVectorParameters): IntegerVectorParameters {
  const { bits, weight, keyBound, maskBound, noise, modulus } = parameters
  const refuse = (what: string) => {
    throw new FrostglassError('usage', `integer-vector encryption: ${what}`)
  }
  if (!Number.isInteger(bits) || bits < 1 || bits > 4096) refuse(`bits must be 1 to 4096, not ${bits}`)
  if (weight < 2n) refuse(`the weight must be 2 or more, not ${weight}`)
  if (keyBound < 2n || maskBound < 2n) refuse('bounds must be 2 or more')
  if (noise < 0n) refuse(`noise must be 0 or more, not ${noise}`)
  if (modulus !== null && (modulus <= 2n * weight || modulus > 1n << BigInt(bits)))
    refuse(`a modulus lies between twice the weight and 2^${bits}`)
  return parameters
}
