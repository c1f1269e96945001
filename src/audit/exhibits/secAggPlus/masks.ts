// The masks of Flower's SecAgg+: a seed of any length, folded to 32 bits, and what NumPy draws from them.
// Source: flwr 1.42, common/secure_aggregation/secaggplus_utils.py (`pseudo_rand_gen`); Matsumoto and Nishimura 1998 (MT19937).
// BROKEN: there are 2^32 masks at most, and 2^28 between two nodes. For this exhibit alone.

/** Numbers of the generator's state, and how far apart those are that make a new one. */
const [size, middle] = [624, 397]

/** The factor of Knuth's recurrence (volume 2, 3.3.1), by which NumPy fills the state from 32 bits. */
export const spread = 1812433253

/**
 * 32 bits of a seed: its words of four bytes, little end first, all XORed.
 * @param seed a multiple of four bytes
 */
export function foldedSeed(seed: Uint8Array): number {
  const view = new DataView(seed.buffer, seed.byteOffset, seed.byteLength)
  let folded = 0
  for (let at = 0; at < seed.length; at += 4) folded ^= view.getUint32(at, true)
  return folded >>> 0
}

/** MT19937's last step from a word of the state to a word of its output. */
export function tempered(word: number): number {
  let y = word ^ (word >>> 11)
  y ^= (y << 7) & 0x9d2c5680
  y ^= (y << 15) & 0xefc60000
  return (y ^ (y >>> 18)) >>> 0
}

/** MT19937's new word from three of its state: the upper bit of the first, the others of the second, and the third. */
export function twisted(first: number, second: number, third: number): number {
  const y = (first & 0x80000000) | (second & 0x7fffffff)
  return third ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
}

/** The generator's words, one after another, from 32 bits of seed. */
function mersenneTwister(seed: number): () => number {
  const state = new Int32Array(size)
  state[0] = seed
  for (let i = 1; i < size; i++) state[i] = Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), spread) + i
  let at = size
  return () => {
    if (at === size) {
      for (let k = 0; k < size; k++)
        state[k] = twisted(state[k]!, state[(k + 1) % size]!, state[(k + middle) % size]!)
      at = 0
    }
    return tempered(state[at++]!)
  }
}

/**
 * A mask: numbers in 0 … 2^32 − 2, as `RandomState(seed).randint(0, 2^32 − 1)` draws them. The last number of a word is left
 * out, for Flower hands its modulus less one to a function that leaves the upper end out itself.
 * @param seed 32 bits, see {@link foldedSeed}
 */
export function maskOf(seed: number, length: number): Uint32Array {
  const next = mersenneTwister(seed)
  return new Uint32Array(length).map(() => {
    for (;;) {
      const word = next()
      if (word !== 0xffffffff) return word
    }
  })
}
