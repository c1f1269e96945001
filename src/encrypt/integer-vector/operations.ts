// What can be computed on ciphertexts: sums, multiples, linear maps, weighted inner products.
// Source: Zhou and Wornell 2014, section IV: vec(S₁ᵀ H S₂)ᵀ ⌈vec(c₁ c₂ᵀ) / w⌋ = w x₁ᵀ H x₂ + e, then a key switch.
// BROKEN: see BREAK.md.

import type { Stream } from '../../secret/index.ts'
import { centred, roundedQuotient } from '../integers.ts'
import { type Ciphertext, type IntegerVectorKey, keyRows, requireSize } from './key.ts'
import { type KeySwitch, switchKey, switchTo } from './keySwitch.ts'
import type { IntegerVectorParameters } from './parameters.ts'

/** The public key: it switches from w I, under which a message is its own ciphertext. */
export const encryptionKey = (key: IntegerVectorKey, source: Stream): KeySwitch =>
  switchTo(
    Array.from({ length: key.size }, (_, i) =>
      Array.from({ length: key.size }, (_, j) => (i === j ? 1n : 0n)),
    ),
    key,
    source,
  )

/** Encrypts a vector of `size` integers, each below w^(−1) 2^bits. */
export const encrypt = (publicKey: KeySwitch, plaintext: readonly bigint[]): bigint[] =>
  switchKey(
    publicKey,
    plaintext.map((x) => x * publicKey.parameters.weight),
  )

/** A ciphertext that hides nothing: [w x; 0]. For constants that everybody knows. */
export const constant = ({ weight }: IntegerVectorParameters, plaintext: readonly bigint[]): bigint[] => [
  ...plaintext.map((x) => x * weight),
  0n,
]

/** x₁ + x₂. */
export function add(left: Ciphertext, right: Ciphertext): bigint[] {
  requireSize(right, left.length)
  return left.map((v, i) => v + right[i]!)
}

/** x₁ − x₂. */
export function subtract(left: Ciphertext, right: Ciphertext): bigint[] {
  requireSize(right, left.length)
  return left.map((v, i) => v - right[i]!)
}

/** x times `numerator` / `denominator`, rounded; with a modulus the denominator must be 1, or noise is lost. */
export function scale(ciphertext: Ciphertext, numerator: bigint, denominator = 1n): bigint[] {
  const multiples = numerator === 1n ? ciphertext : ciphertext.map((v) => v * numerator)
  return denominator === 1n ? [...multiples] : multiples.map((v) => roundedQuotient(v, denominator))
}

/** The public matrix for G x: `matrix` is rows × `from.size`, rows = `to.size`. */
export function linearKey(
  matrix: readonly (readonly bigint[])[],
  from: IntegerVectorKey,
  to: IntegerVectorKey,
  source: Stream,
): KeySwitch {
  const rows = keyRows(from)
  return switchTo(
    matrix.map((weights) =>
      Array.from({ length: from.size + 1 }, (_, j) =>
        weights.reduce((sum, g, i) => sum + g * rows[i]![j]!, 0n),
      ),
    ),
    to,
    source,
  )
}

/**
 * The public matrix for the products x₁ᵀ Hₖ x₂: one number of the result for each of `forms`, which are
 * `left.size` × `right.size`; `to.size` of them.
 */
export function productKey(
  forms: readonly (readonly (readonly bigint[])[])[],
  left: IntegerVectorKey,
  right: IntegerVectorKey,
  to: IntegerVectorKey,
  source: Stream,
): KeySwitch {
  const [first, second] = [keyRows(left), keyRows(right)]
  const entry = (form: readonly (readonly bigint[])[], i: number, j: number) => {
    let sum = 0n
    form.forEach((row, a) => {
      row.forEach((h, b) => {
        if (h !== 0n) sum += first[a]![i]! * h * second[b]![j]!
      })
    })
    return sum
  }
  return switchTo(
    forms.map((form) =>
      Array.from({ length: (left.size + 1) * (right.size + 1) }, (_, at) =>
        entry(form, Math.floor(at / (right.size + 1)), at % (right.size + 1)),
      ),
    ),
    to,
    source,
  )
}

/** The products that `matrix` was made for. @throws as {@link switchKey} */
export function product(matrix: KeySwitch, left: Ciphertext, right: Ciphertext): bigint[] {
  const { weight, modulus } = matrix.parameters
  const reduced = modulus === null ? right : right.map((v) => centred(v, modulus))
  const outer: bigint[] = []
  for (const a of left) {
    const residue = centred(a, modulus)
    for (const b of reduced) outer.push(roundedQuotient(residue * b, weight))
  }
  return switchKey(matrix, outer)
}
