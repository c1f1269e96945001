// Encryptions of zero of BFV: how many, how wide their factors are, and what adds them to an answer.
// Source: seal/zeros.ts; PROOF.md, lemma 1, for their number.
// The first polynomials may be anything; of the second nothing is assumed but that seeds expand to them.

import type { Ciphertext, Evaluator } from 'node-seal'
import type { Stream } from '../../secret/derive.ts'
import type { HeContext } from '../seal/context.ts'
import { type FactorForm, multiplesOf, type ZeroForm } from '../seal/zeros.ts'

/** Encryptions of zero a modulus, and bits at least of a coefficient of what they are multiplied by: PROOF.md, lemma 1. */
export const zeroCount = 8
export const factorBits = 64

/** At the highest level. @param primes with the one of key switching */
export const zeroFormOf = ({ primes }: { readonly primes: readonly number[] }): ZeroForm => ({
  count: zeroCount,
  level: primes.length - 2,
})

/** In how many digits, of how many bits, a factor goes: each is smaller than half the plain modulus. */
export function digitsOfFactor(precision: number): FactorForm {
  const places = Math.ceil(factorBits / (precision - 2))
  return { places, bits: Math.ceil(factorBits / places) }
}

/**
 * Makes what adds Σ zeroᵢ · uᵢ to a ciphertext, the coefficients of each uᵢ uniform below 2^(places · bits): all of it in the
 * transformed domain, from which the sum comes back once.
 * @param zeros as read; they are transformed here
 */
export function zeroAdder(context: HeContext, evaluator: Evaluator, zeros: readonly Ciphertext[]) {
  const { parameters } = context
  for (const zero of zeros) evaluator.cipherTransformToNttInplace(zero)
  const { level } = zeroFormOf(parameters)
  const drawn = multiplesOf(context, zeros, { level, ...digitsOfFactor(parameters.precision) })
  return (a: Ciphertext, words: Stream): void => {
    const sum = drawn(words)
    try {
      evaluator.cipherTransformFromNttInplace(sum)
      evaluator.addInplace(a, sum)
    } finally {
      sum.delete()
    }
  }
}
