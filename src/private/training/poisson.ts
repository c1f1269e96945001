// Poisson sampling: every row is in a batch by a coin of its own, so that a batch's size, too, is drawn.
// Source: Mironov, Talwar and Zhang 2019, section 2.2: what the accountants of sampled noise assume.
// Coins compare binary places, eight at a time, until they differ from the rate's: exact, and one byte for most rows.

import type { RandomSource } from '../../random/source.ts'

/** Draws of which rows are in a batch. */
export interface PoissonSampler {
  /** The numbers of the rows that are in, rising. */
  draw(random: RandomSource): Int32Array
}

/**
 * @param rows how many there are
 * @param rate q in (0, 1]: the double itself, to its last place
 * @throws RangeError for a rate outside its range
 */
export function poissonSampler(rows: number, rate: number): PoissonSampler {
  if (!(rate > 0 && rate <= 1))
    throw new RangeError(`a sampling rate is above 0 and at most 1, but ${rate} came`)
  const first = Math.floor(rate * 256)
  const rest = rate * 256 - first
  const isIn = (byte: number, random: RandomSource): boolean => {
    if (byte !== first) return byte < first
    // The places behind the first eight; where all that were drawn are the rate's own and it ends, the coin is not below.
    for (let left = rest; left > 0; ) {
      const place = random.uint32()
      const threshold = Math.floor(left * 2 ** 32)
      if (place !== threshold) return place < threshold
      left = left * 2 ** 32 - threshold
    }
    return false
  }
  return {
    draw(random) {
      const drawn: number[] = []
      for (let row = 0; row < rows; row += 4) {
        const word = random.uint32()
        const end = Math.min(4, rows - row)
        for (let i = 0; i < end; i++) if (isIn((word >>> (8 * i)) & 255, random)) drawn.push(row + i)
      }
      return Int32Array.from(drawn)
    },
  }
}
