// From clipped sums to a private mean: put on a grid, Gaussian noise added there, divided by the expected batch.
// Source: Abadi and others 2016, algorithm 1; roundedGaussian.ts for why the noise's low bits tell nothing.
// The sums' own rounding is the clipping norm's business (its margin); this adds less than 2^-30 √d of the noise to it.

import type { RandomSource } from '../mechanisms/exactRandom.ts'
import { roundedGaussian, scaleRange } from './roundedGaussian.ts'

/** Makes noisy means of sums, all with the same noise. */
export interface NoisyMean {
  /** @param sums what it was added up to; overwritten with the noisy mean */
  release(sums: Float64Array, random: RandomSource): void
}

/**
 * @param deviation of the noise in each number of the sum: noise multiplier × clipping norm, positive
 * @param batch what the noisy sum is divided by: the expected number of rows, which no row changes
 */
export function noisyMean(deviation: number, batch: number): NoisyMean {
  // A power of two, so that dividing by it and multiplying are exact.
  const grid = 2 ** Math.floor(Math.log2(deviation / scaleRange[0]))
  const noise = roundedGaussian(deviation / grid)
  let room = new Float64Array(0)
  return {
    release(sums, random) {
      if (room.length < sums.length) room = new Float64Array(sums.length)
      const drawn = room.subarray(0, sums.length)
      noise.fill(drawn, random)
      for (let i = 0; i < sums.length; i++)
        sums[i] = ((Math.round((sums[i] as number) / grid) + (drawn[i] as number)) * grid) / batch
    },
  }
}
