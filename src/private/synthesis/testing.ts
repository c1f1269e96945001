// For tests of synthesis: words that repeat, and tables of codes that hang together.
// Source: ours. What is drawn so is not private.

import { seededStream } from '../../random/seeded.ts'
import type { RandomSource } from '../../random/source.ts'
import type { CodedRows } from './counts.ts'

/** Words of a seed. */
export function seededSource(seed: number): RandomSource {
  const stream = seededStream(seed, 'synthesis')
  return { uint32: () => Math.floor(stream.uniform() * 2 ** 32) }
}

/** Rows of four columns: the second follows the first, the third both, the fourth nobody. */
export function chained(rows: number, seed = 1): CodedRows {
  const sizes = [4, 5, 3, 2]
  const random = seededStream(seed, 'rows')
  const codes = sizes.map(() => new Int32Array(rows))
  for (let row = 0; row < rows; row++) {
    const a = random.below(4)
    const b = random.uniform() < 0.7 ? a : random.below(5)
    codes[0]![row] = a
    codes[1]![row] = b
    codes[2]![row] = random.uniform() < 0.8 ? (a + b) % 3 : random.below(3)
    codes[3]![row] = random.below(2)
  }
  return { sizes, codes }
}
