// The generator behind everything that is repeatable: four words of state, 32 bits a step.
// Source: Blackman and Vigna, xoshiro128** 1.1.
// Repeatable, not secret: its state can be computed from what it gives.

/** Steps of one state. */
export interface Xoshiro {
  /** 32 uniform bits, as a number from 0. */
  bits(): number
  /** Fills with 32 uniform bits each. */
  fill(words: Int32Array): void
}

/** @param s the state, four words that are not all 0; it is changed in place */
export function xoshiro(s: Int32Array): Xoshiro {
  // A typed array holds the state, since a captured variable beyond 31 bits is a heap number.
  const bits = (): number => {
    const a = s[0]!
    const b = s[1]!
    const m = Math.imul(b, 5)
    const result = Math.imul((m << 7) | (m >>> 25), 9)
    const c = s[2]! ^ a
    const d = s[3]! ^ b
    s[0] = a ^ d
    s[1] = b ^ c
    s[2] = c ^ (b << 9)
    s[3] = (d << 11) | (d >>> 21)
    return result >>> 0
  }
  const fill = (words: Int32Array): void => {
    // The state in locals: three times as fast as a call for each word.
    let a = s[0]!
    let b = s[1]!
    let c = s[2]!
    let d = s[3]!
    for (let i = 0; i < words.length; i++) {
      const m = Math.imul(b, 5)
      words[i] = Math.imul((m << 7) | (m >>> 25), 9)
      const kept = b << 9
      c ^= a
      d ^= b
      b ^= c
      a ^= d
      c ^= kept
      d = (d << 11) | (d >>> 21)
    }
    s[0] = a
    s[1] = b
    s[2] = c
    s[3] = d
  }
  return { bits, fill }
}

/** FNV-1a over what a stream is for: the start of a hash into which a seed's words go next. */
export function hashOf(use: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < use.length; i++) hash = Math.imul(hash ^ use.charCodeAt(i), 0x01000193)
  return hash
}
