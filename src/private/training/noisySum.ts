// From whole sums to a private mean: Gaussian noise added on the grid, divided by the expected batch.
// Source: Abadi and others 2016, algorithm 1; roundedGaussian.ts for why the noise's low bits tell nothing.
// Sums come in whole steps and stay exact until the noise is in: PROOF.md, lemma 5.

import type { RandomSource } from '../../random/source.ts'
import { exponentOf } from '../mechanisms/exponent.ts'
import { wholeNoise } from './roundedGaussian.ts'

/** Makes noisy means of whole sums, all with the same noise. */
export interface NoisySum {
  /** What 1 means in the sums: a power of two. */
  readonly step: number
  /** @param sums whole numbers of steps, below 2^53; overwritten with the noisy mean */
  release(sums: Float64Array, random: RandomSource): void
}

/**
 * @param deviation of the noise in each number of the sum: noise multiplier × clipping norm, positive
 * @param options.batch what the noisy sum is divided by: the expected number of examples, which no example changes
 * @param options.most the most that a sum may be, in the units of `deviation`: clipping norm × all examples
 */
export function noisySum(deviation: number, { batch, most }: { batch: number; most: number }): NoisySum {
  const noise = wholeNoise(deviation)
  // A power of two, so that dividing by it and multiplying are exact.
  const grid = 2 ** noise.exponent
  // Sums of more steps than a double counts would round: where there are so many examples, steps are coarser.
  const step = Math.max(grid, 2 ** (exponentOf(most) - 51))
  let room = new Float64Array(0)
  return {
    step,
    release(sums, random) {
      if (room.length < sums.length) room = new Float64Array(sums.length)
      const drawn = room.subarray(0, sums.length)
      noise.fill(drawn, random)
      // Where the two together need more than 53 bits the addition rounds, and what it rounds has the noise in it.
      for (let i = 0; i < sums.length; i++) sums[i] = ((sums[i]! * (step / grid) + drawn[i]!) * grid) / batch
    },
  }
}
