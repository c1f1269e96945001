// The same network with its weights encrypted: who trains it holds public matrices and never the key.
// Source: Sayyad and Kulkarni, sections III to V: scaling factor 1000, products by key switching.
// BROKEN: the scheme hides nothing (encrypt/integer-vector/BREAK.md). Here to measure what is claimed of it.

import {
  constant,
  createKey,
  decrypt,
  encrypt,
  encryptionKey,
  type IntegerVectorKey,
  type IntegerVectorParameters,
  type KeySwitch,
  product,
  productKey,
  scale,
  subtract,
} from '../../src/encrypt/integer-vector/index.ts'
import { stream } from '../../src/secret/index.ts'
import { type Example, hiddenUnits, type SentimentNetwork } from './network.ts'
import type { PolynomialSigmoid } from './sigmoids.ts'

/** What the owner keeps. */
export interface OwnerKeys {
  /** Of vectors of eight numbers, and of single ones. */
  readonly vector: IntegerVectorKey
  readonly single: IntegerVectorKey
}

/** What the service gets: enough to train, and, the scheme being what it is, to read everything. */
export interface PublicKeys {
  readonly parameters: IntegerVectorParameters
  /** Encrypts a vector. */
  readonly open: KeySwitch
  /** hidden · output → one number. */
  readonly inner: KeySwitch
  /** A number times a vector. */
  readonly multiple: KeySwitch
  /** A number times a number. */
  readonly power: KeySwitch
}

/** Keys of a secret. */
export function sentimentKeys(
  secret: Uint8Array,
  parameters: IntegerVectorParameters,
): { readonly owner: OwnerKeys; readonly open: PublicKeys } {
  const vector = createKey(hiddenUnits, parameters, stream(secret, 'integer-vector key', 0))
  const single = createKey(1, parameters, stream(secret, 'integer-vector key', 1))
  const units = Array.from({ length: hiddenUnits }, (_, i) => i)
  const unit = (k: number) => units.map((j) => (j === k ? 1n : 0n))
  const source = (index: number) => stream(secret, 'integer-vector switch', index)
  return {
    owner: { vector, single },
    open: {
      parameters,
      open: encryptionKey(vector, source(0)),
      inner: productKey([units.map(unit)], vector, vector, single, source(1)),
      multiple: productKey(
        units.map((k) => [unit(k)]),
        single,
        vector,
        vector,
        source(2),
      ),
      power: productKey([[[1n]]], single, single, single, source(3)),
    },
  }
}

/** 1 of a plaintext number stands for 1 / this. */
const scalingFactor = 1000n

/**
 * The network on ciphertexts. `answer` and `learn` give the answer as the owner decrypts it; training does not use it.
 * @throws FrostglassError `input` when values grow too large for the parameters
 */
export function encryptedNetwork(
  words: number,
  output: readonly number[],
  { owner, open }: { readonly owner: OwnerKeys; readonly open: PublicKeys },
  options: { readonly learningRate: number; readonly act: PolynomialSigmoid },
): SentimentNetwork & { readonly weights: () => readonly (readonly bigint[])[] } {
  const { parameters } = open
  const slowness = BigInt(Math.round(1 / options.learningRate))
  const inner = Array.from({ length: words }, () => new Array<bigint>(hiddenUnits + 1).fill(0n))
  let outer = encrypt(
    open.open,
    output.map((v) => BigInt(Math.round(v * Number(scalingFactor)))),
  )
  const forward = (words: Int32Array) => {
    const hidden = new Array<bigint>(hiddenUnits + 1).fill(0n)
    for (const word of words) {
      const row = inner[word]!
      for (let i = 0; i <= hiddenUnits; i++) hidden[i] = hidden[i]! + row[i]!
    }
    return { hidden, answer: scale(product(open.inner, hidden, outer), 1n, scalingFactor) }
  }
  const read = (answer: readonly bigint[]) => Number(decrypt(owner.single, answer)[0]) / Number(scalingFactor)
  const times = (a: readonly bigint[], b: readonly bigint[]) =>
    scale(product(open.power, a, b), 1n, scalingFactor)
  return {
    answer: (words) => read(forward(words).answer),
    learn({ words: document, positive }: Example) {
      const { hidden, answer } = forward(document)
      const square = times(answer, answer)
      const cube = times(square, answer)
      const fifth = times(cube, square)
      const powers = { 1: answer, 3: cube, 5: fifth, 7: times(fifth, square) }
      // ½ + … − label, the label in the plain.
      const error = constant(parameters, [scalingFactor / 2n - BigInt(positive) * scalingFactor])
      for (const { power, times: fraction } of options.act.terms) {
        const term = scale(powers[power], ...fraction)
        for (let i = 0; i < error.length; i++) error[i] = error[i]! + term[i]!
      }
      const back = scale(product(open.multiple, error, outer), 1n, scalingFactor * slowness)
      outer = subtract(outer, scale(product(open.multiple, error, hidden), 1n, scalingFactor * slowness))
      for (const word of document) {
        const row = inner[word]!
        for (let i = 0; i <= hiddenUnits; i++) row[i] = row[i]! - back[i]!
      }
      return read(answer)
    },
    weights: () => [...inner, outer],
  }
}
