// Where randomness comes from: words of the operating system's generator, or of whoever stands in for it in a test.
// Source: Web Crypto (getRandomValues), in Node and in browsers.
// A source says nothing of secrecy: what is secret takes `systemRandom`, or a stream of src/secret, and nothing of a seed.

/** Independent uniform words. */
export interface RandomSource {
  /** Uniform on the integers 0 … 2^32 − 1. */
  uint32(): number
}

const words = new Uint32Array(4096)
let left = 0

/** The operating system's CSPRNG, 16 KiB at a time; used words are wiped. */
export const systemRandom: RandomSource = {
  uint32() {
    if (left === 0) {
      globalThis.crypto.getRandomValues(words)
      left = words.length
    }
    const word = words[--left]!
    words[left] = 0
    return word
  },
}

/** What {@link drawUniform} makes of two words: uniform in [0, 1), 53 bits. */
export const uniform53 = (high: number, low: number): number =>
  ((high >>> 5) * 67108864 + (low >>> 6)) / 9007199254740992

/** Uniform in [0, 1), 53 bits of two words. */
export const drawUniform = (random: RandomSource): number => uniform53(random.uint32(), random.uint32())
