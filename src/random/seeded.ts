// Repeatable randomness of training, experiments and tests: one seed, an independent stream for every use.
// Source: xoshiro128** (xoshiro.ts); seeded by splitmix32; normals by Box and Muller.
// Repeatable, not secret: nothing keyed may be drawn from it, and native draws other numbers from the same seed.

import { uniform53 } from './source.ts'
import { hashOf, xoshiro } from './xoshiro.ts'

/** A stream of numbers; two streams of one seed are the same. No method allocates. */
export interface Random {
  /** Fills with 32 uniform bits each. */
  fill(words: Int32Array): void
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number
  /** Standard normal. */
  normal(): number
  /** A whole number in 0 … count − 1, even to one part in 2^53 / count. */
  below(count: number): number
}

/** The stream of a seed: any finite number, of which the float64 bits count. */
export function seededRandom(seed: number): Random {
  const words = new Int32Array(Float64Array.of(seed).buffer)
  let mix = words[0]! ^ Math.imul(words[1]!, 0x9e3779b9)
  const state = Int32Array.from({ length: 4 }, () => {
    mix = (mix + 0x9e3779b9) | 0
    let z = mix ^ (mix >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return z ^ (z >>> 15)
  })
  const { bits, fill } = xoshiro(state)
  // A typed array, as the state is: no heap number for each spare.
  const spare = Float64Array.of(Number.NaN)
  const uniform = (): number => uniform53(bits(), bits())
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
  return { fill, uniform, normal, below: (count) => Math.floor(uniform() * count) }
}

/**
 * The stream of a seed for one use: `seededStream(7, 'shuffle', 12)` is the twelfth epoch's order, whatever else was
 * drawn. That is why a checkpoint need not hold any generator's state.
 */
export function seededStream(seed: number, use: string, index = 0): Random {
  // FNV-1a over the name and both numbers' bits; the generator's own seeding mixes the rest.
  let hash = hashOf(use)
  for (const word of new Int32Array(Float64Array.of(seed, index).buffer)) {
    for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((word >>> shift) & 255), 0x01000193)
  }
  return seededRandom(hash >>> 0)
}
