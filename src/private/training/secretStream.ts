// Numbers for dropout and Gaussian noise of a private training: from the system's generator, so that none shift and none repeat.
// Source: PROOF.md, lemma 1: masks that are drawn by place from a public seed move when a row is added, and with them all gradients.
// Its normals are doubles by Box and Muller: no proof rests on their law.

import { drawBelow } from '../../random/integers.ts'
import type { Random } from '../../random/seeded.ts'
import { drawUniform, type RandomSource } from '../../random/source.ts'

/** A stream as learning takes it, of words from `source`. */
export function secretStream(source: RandomSource): Random {
  const uniform = () => drawUniform(source)
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    below: (count) => drawBelow(count, source),
    fill(words) {
      for (let i = 0; i < words.length; i++) words[i] = source.uint32() | 0
    },
  }
}
