// A node's share of the noise, on its numbers before anything of the round is kept: they lie bare nowhere, and noise is drawn once.
// Source: Kairouz, Liu and Steinke 2021; PROOF.md, lemma 9 has its price. The draw is exact (private/mechanisms/PROOF.md).
// It promises nothing to who calls it twice for one round: the mean of two noisy copies has half the noise.

import { drawDiscreteGaussian } from '../../private/mechanisms/exactRandom.ts'
import { systemRandom } from '../../random/source.ts'
import type { SecureSetup, Vector } from './contract.ts'
import { addWords, vectorOfWords, wordsOfInput } from './masks.ts'

/**
 * What a node gives to a round: its numbers, with its noise modulo 2^bits where the setup has noise.
 * @param input whole numbers within ±range
 * @throws RangeError unless they are of the setup's type and length, and within its range
 */
export function withOwnNoise(setup: SecureSetup, input: Vector): Vector {
  const { noise, bits, length } = setup
  const words = wordsOfInput({ ...setup, noise: undefined }, input)
  if (!noise) return input
  const drawn = new Uint32Array(words.length)
  const large = bits === 64 ? new BigInt64Array(drawn.buffer) : undefined
  for (let i = 0; i < length; i++) {
    const value = drawDiscreteGaussian(noise, systemRandom)
    if (large) large[i] = BigInt.asIntN(64, value)
    else drawn[i] = Number(BigInt.asUintN(32, value))
  }
  addWords(words, drawn, 1, bits)
  return vectorOfWords(setup, words)
}
