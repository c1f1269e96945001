// A node's share of the noise, on its numbers before anything of the round is kept: they lie bare nowhere, and noise is drawn once.
// Source: Kairouz, Liu and Steinke 2021; PROOF.md, lemma 9 has its price. The draw is exact (private/mechanisms/PROOF.md).
// It promises nothing to who calls it twice for one round: the mean of two noisy copies has half the noise.

import { drawDiscreteGaussian } from '../../private/mechanisms/exactRandom.ts'
import { systemRandom } from '../../random/source.ts'
import type { SecureSetup, Vector } from './contract.ts'
import { addWords, vectorOfWords, wordsOfInput } from './masks.ts'

/** What a share of the noise is drawn by, and added modulo. */
export type NoisySetup = Pick<SecureSetup, 'bits' | 'length' | 'range' | 'noise'>

/**
 * What a node gives to a round: its numbers, with its noise modulo 2^bits where the setup has noise.
 * @param input whole numbers within ±range
 * @throws RangeError unless they are of the setup's type and length, and within its range
 */
export function withOwnNoise(setup: NoisySetup, input: Vector): Vector {
  // Judged before anything is drawn.
  const words = bareWords(setup, input)
  return setup.noise ? withNoise(setup, words, ownNoise(setup)) : input
}

/** A node's noise by itself: what a node gives whose numbers are zeros. */
export function ownNoise(setup: NoisySetup): Vector {
  const { noise, bits, length } = setup
  const drawn = bits === 32 ? new Int32Array(length) : new BigInt64Array(length)
  for (let i = 0; noise && i < length; i++) {
    const value = drawDiscreteGaussian(noise, systemRandom)
    if (drawn instanceof BigInt64Array) drawn[i] = BigInt.asIntN(64, value)
    else drawn[i] = Number(BigInt.asIntN(32, value))
  }
  return drawn
}

/** The same for noise that is drawn already: of one round, and once. @throws RangeError as {@link withOwnNoise} */
export const addOwnNoise = (setup: NoisySetup, input: Vector, noise: Vector): Vector =>
  withNoise(setup, bareWords(setup, input), noise)

const bareWords = (setup: NoisySetup, input: Vector) => wordsOfInput({ ...setup, noise: undefined }, input)

function withNoise(setup: NoisySetup, words: Uint32Array<ArrayBuffer>, noise: Vector): Vector {
  addWords(words, new Uint32Array(noise.buffer, noise.byteOffset, words.length), 1, setup.bits)
  return vectorOfWords(setup, words)
}
