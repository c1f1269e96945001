// Repeatable randomness for synthetic images, orders and splits: a generator of 32 bits a draw.
// Source: Blackman and Vigna, xoshiro128** 1.1; seeded by SplitMix32 over the seed and the use's name.
// Repeatable, not secret: nothing keyed may come from here. (learn/ has its own; data/ stands beside it.)

/** Draws in order. */
export interface Draws {
  /** Evenly in 0 … 1, 1 left out; 32 bits. */
  uniform(): number
  /** A whole number in 0 … count − 1. */
  below(count: number): number
}

/** The stream of a seed for one use: `draws(7, 'color')`. */
export function draws(seed: number, use: string): Draws {
  let hash = 0x811c9dc5
  for (let i = 0; i < use.length; i++) hash = Math.imul(hash ^ use.charCodeAt(i), 0x01000193)
  for (const word of new Int32Array(Float64Array.of(seed).buffer)) hash = Math.imul(hash ^ word, 0x01000193)
  const next = () => {
    hash = (hash + 0x9e3779b9) | 0
    let z = hash
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) | 0
  }
  let [a, b, c, d] = [next(), next(), next(), next() | 1]
  const uniform = () => {
    const product = Math.imul(b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return (result >>> 0) / 0x1_0000_0000
  }
  return { uniform, below: (count) => Math.floor(uniform() * count) }
}

/** 0 … count − 1 in a random order: every order is equally likely. */
export function permutation(count: number, source: Draws): Int32Array {
  const items = Int32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = source.below(i + 1)
    const kept = items[i]!
    items[i] = items[j]!
    items[j] = kept
  }
  return items
}
