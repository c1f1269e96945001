// Numbers for dropout and Gaussian noise of a private training: from the system's generator, so that none shift and none repeat.
// Source: PROOF.md, lemma 1: masks that are drawn by place from a public seed move when a row is added, and with them all gradients.
// Its normals are doubles by Box and Muller: no proof rests on their law.

import type { Random } from '../../learn/index.ts'
import type { RandomSource } from '../mechanisms/exactRandom.ts'

/** A stream as learning takes it, of words from `source`. */
export function secretStream(source: RandomSource): Random {
  const uniform = () => ((source.uint32() >>> 5) * 2 ** 26 + (source.uint32() >>> 6)) / 2 ** 53
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    fill(words) {
      for (let i = 0; i < words.length; i++) words[i] = source.uint32() | 0
    },
  }
}
