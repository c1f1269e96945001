// Repeatable numbers to compute on.

import { seededRandom } from '../src/random/seeded.ts'

/** `count` numbers, uniform in [-1, 1). */
export function numbers(count: number, seed: number): Float32Array {
  const source = seededRandom(seed)
  return Float32Array.from({ length: count }, () => 2 * source.uniform() - 1)
}
