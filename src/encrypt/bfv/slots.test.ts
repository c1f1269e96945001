// What a slot holds of a secret key, as inference/PROOF.md has it (lemma 4): computed exactly, for all keys at once.

import { describe, expect, it } from 'vitest'
import { openContext } from '../seal/context.ts'
import { bfvParameters, type HeParameters } from '../seal/parameters.ts'

const degree = 8192

/** a b mod t in float64: t below 2^26, so that nothing is beyond 2^53. */
const timesModulo = (a: number, b: number, t: number): number => (a * b) % t

function powerModulo(base: number, exponent: number, t: number): number {
  let result = 1
  for (let [own, left] = [base, exponent]; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = timesModulo(result, own, t)
    own = timesModulo(own, own, t)
  }
  return result
}

function primeFactors(n: number): number[] {
  const factors: number[] = []
  for (let [left, factor] = [n, 2]; left > 1; factor++) {
    if (factor * factor > left) factor = left
    if (left % factor === 0) factors.push(factor)
    while (left % factor === 0) left /= factor
  }
  return factors
}

/**
 * log₂ of the largest |E exp(2πi k s(ψ) / t)| over k ≠ 0, s a polynomial of uniform ternary coefficients, ψ a root of X^N + 1.
 * The mean is Π (1 + 2 cos(2π k ψʲ / t)) / 3, the same for all k of a coset of the roots of unity.
 */
function largestCharacter(t: number): number {
  const factors = primeFactors(t - 1)
  let generator = 2
  while (factors.some((factor) => powerModulo(generator, (t - 1) / factor, t) === 1)) generator++
  const cosets = (t - 1) / (2 * degree)
  const root = powerModulo(generator, cosets, t)
  const powers = new Float64Array(degree).fill(1)
  for (let j = 1; j < degree; j++) powers[j] = timesModulo(powers[j - 1]!, root, t)
  let largest = -Infinity
  for (let [coset, k] = [0, 1]; coset < cosets; coset++, k = timesModulo(k, generator, t)) {
    let log = 0
    for (const own of powers)
      log += Math.log2(Math.abs(1 + 2 * Math.cos((2 * Math.PI * timesModulo(k, own, t)) / t)) / 3)
    largest = Math.max(largest, log)
  }
  return largest
}

describe('a slot of a secret key', () => {
  it.each([17, 20, 24])('is uniform modulo a prime of %i bits, but for 2⁻¹²⁰⁰⁰', async (bits) => {
    const [parameters] = bfvParameters(bits, 1) as [HeParameters]
    const context = await openContext(parameters)
    const modulus = Number(context.plainModulus)
    context.arena.close()
    expect(largestCharacter(modulus) + bits).toBeLessThan(-12_000)
  })
})
