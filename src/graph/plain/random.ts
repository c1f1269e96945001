// A small seeded generator for the plain executor's random operators: dropout masks, noise.
// Source: Blackman and Vigna, xoshiro128**; seeded by splitmix32; normals by Box and Muller.
// Repeatable, not secret: nothing keyed may be drawn from it, and native draws other numbers from the same seed.

/** A stream of numbers; two streams of one seed are the same. No method allocates. */
export interface Random {
  /** Fills with 32 uniform bits each. */
  fill(words: Int32Array): void
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number
  /** Standard normal. */
  normal(): number
}

/** The stream of a seed: any finite number, of which the float64 bits count. */
export function random(seed: number): Random {
  const words = new Int32Array(Float64Array.of(seed).buffer)
  let mix = words[0]! ^ Math.imul(words[1]!, 0x9e3779b9)
  // Typed arrays hold the state, since a captured variable beyond 31 bits is a heap number.
  const s = Int32Array.from({ length: 4 }, () => {
    mix = (mix + 0x9e3779b9) | 0
    let z = mix ^ (mix >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return z ^ (z >>> 15)
  })
  const spare = Float64Array.of(Number.NaN)

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
  const uniform = (): number => ((bits() >>> 5) * 67108864 + (bits() >>> 6)) / 9007199254740992
  const normal = (): number => {
    const kept = spare[0]!
    if (!Number.isNaN(kept)) {
      spare[0] = Number.NaN
      return kept
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
    const angle = 2 * Math.PI * uniform()
    spare[0] = radius * Math.sin(angle)
    return radius * Math.cos(angle)
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
  return { fill, uniform, normal }
}
