// Words of a public seed where a mechanism wants a source of randomness, so that a simulation can be repeated.
// Source: src/random/seeded.ts. It hides nothing: whoever knows the seed knows the noise.

import { type Random, seededStream } from '../../random/seeded.ts'
import type { RandomSource } from '../../random/source.ts'

const room = 256

/** The source of a seed for one use. */
export function seededSource(seed: number, use: string, index = 0): RandomSource {
  // Most nodes of most algorithms draw no noise: nothing is made before a first word is asked for.
  let words = new Int32Array(0)
  let stream: Random | undefined
  let left = 0
  return {
    uint32() {
      if (left === 0) {
        if (!stream) words = new Int32Array(room)
        stream ??= seededStream(seed, use, index)
        stream.fill(words)
        left = room
      }
      return words[--left]! >>> 0
    },
  }
}
