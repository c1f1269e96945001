// How long decryption stays right: ciphertexts doubled and multiplied until the owner reads a wrong number.
// Source: Zhou and Wornell 2014, section III (decryption needs |e| < w / 2); the counting is ours.

import {
  add,
  createKey,
  decrypt,
  encrypt,
  encryptionKey,
  type IntegerVectorParameters,
  modular,
  noiseOf,
  noisy,
  product,
  productKey,
  published,
} from '../../src/encrypt/integer-vector/index.ts'
import { FrostglassError } from '../../src/errors.ts'
import { stream } from '../../src/secret/index.ts'

/** The schemes that are compared, by name. */
export const schemes: Readonly<Record<string, IntegerVectorParameters>> = {
  published,
  'with noise': noisy,
  'with noise and modulus 2^100, weight 2^70': modular,
  'with noise and modulus 2^100, weight 2^25': { ...modular, weight: published.weight },
}

export interface Limits {
  /** log₂ of the largest noise of a fresh ciphertext; null for none. */
  readonly freshNoise: number | null
  /** Times a ciphertext of 3 may be added to itself (doubled). */
  readonly doublings: number
  /** Times a ciphertext of 3 may be multiplied by one of 3. */
  readonly products: number
}

/** Longest chains that are tried. */
export const longest = { doublings: 60, products: 40 } as const

/** Counts until the first wrong number, or the first that the scheme refuses. */
export function limitsOf(parameters: IntegerVectorParameters, secret: Uint8Array): Limits {
  const key = createKey(1, parameters, stream(secret, 'integer-vector key'))
  const open = encryptionKey(key, stream(secret, 'integer-vector switch'))
  const power = productKey([[[1n]]], key, key, key, stream(secret, 'integer-vector switch', 1))
  const three = encrypt(open, [3n])
  const noise = noiseOf(key, three, [3n])[0]!
  return {
    freshNoise: noise === 0n ? null : Math.log2(Math.abs(Number(noise))),
    doublings: stepsOf(longest.doublings, three, 3n, (c, x) => [add(c, c), 2n * x]),
    products: stepsOf(longest.products, three, 3n, (c, x) => [product(power, c, three), 3n * x]),
  }

  function stepsOf(
    most: number,
    first: readonly bigint[],
    value: bigint,
    step: (ciphertext: readonly bigint[], value: bigint) => [bigint[], bigint],
  ): number {
    let ciphertext = first
    let expected = value
    for (let steps = 0; steps < most; steps++) {
      try {
        const [next, after] = step(ciphertext, expected)
        if (decrypt(key, next)[0] !== after) return steps
        ciphertext = next
        expected = after
      } catch (error) {
        if (error instanceof FrostglassError && error.code === 'input') return steps
        throw error
      }
    }
    return most
  }
}
