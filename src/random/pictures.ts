// Repeatable randomness of the synthetic pictures: another seeding than that of training, and 32 bits a draw.
// Source: xoshiro128** (xoshiro.ts), seeded by SplitMix32 over the seed and the use's name.
// It stays beside seeded.ts because published results were measured on the pictures that it drew. Not secret.

import { hashOf, xoshiro } from './xoshiro.ts'

/** Draws in order. */
export interface Draws {
  /** Evenly in 0 … 1, 1 left out; 32 bits. */
  uniform(): number
  /** A whole number in 0 … count − 1. */
  below(count: number): number
}

/** The stream of a seed for one use: `pictureDraws(7, 'color')`. */
export function pictureDraws(seed: number, use: string): Draws {
  let hash = hashOf(use)
  for (const word of new Int32Array(Float64Array.of(seed).buffer)) hash = Math.imul(hash ^ word, 0x01000193)
  const next = () => {
    hash = (hash + 0x9e3779b9) | 0
    let z = hash
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) | 0
  }
  const { bits } = xoshiro(Int32Array.of(next(), next(), next(), next() | 1))
  const uniform = () => bits() / 0x1_0000_0000
  return { uniform, below: (count) => Math.floor(uniform() * count) }
}
