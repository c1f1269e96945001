// Words of a public seed where a mechanism wants a source of randomness, so that a simulation can be repeated.
// Source: src/random/seeded.ts. It hides nothing: whoever knows the seed knows the noise.

import { seededStream } from '../../random/seeded.ts'
import type { RandomSource } from '../../random/source.ts'

const room = 256

/** The source of a seed for one use. */
export function seededSource(seed: number, use: string, index = 0): RandomSource {
  // Streams of nodes are mostly never asked: nothing is drawn before a first word is.
  let words: Int32Array | undefined
  let left = 0
  const stream = seededStream(seed, use, index)
  return {
    uint32() {
      if (left === 0) {
        words ??= new Int32Array(room)
        stream.fill(words)
        left = room
      }
      return words![--left]! >>> 0
    },
  }
}
