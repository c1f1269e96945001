// Gaussian noise on a vector of whole sums: the release that clustering is made of.
// Source: ../../training/roundedGaussian.ts: integers ⌊s Z⌋ on a grid finer than the sums', so that it is the continuous mechanism.
// It counts nothing: what a release costs is said by mixturePrice.ts.

import type { RandomSource } from '../../../random/source.ts'
import { raised } from '../../features/noisySums.ts'
import { wholeNoise } from '../../training/roundedGaussian.ts'

/** Releases sums of whole numbers. */
export type Noisy = (sums: Float64Array) => Float64Array

/**
 * Adds noise of `noiseMultiplier` times the most that one row moves all sums together in the L2 norm.
 * @param longest that most, in the sums' own whole steps
 */
export function noisyWhole(noiseMultiplier: number, longest: number, random: RandomSource): Noisy {
  const noise = wholeNoise(raised(noiseMultiplier * longest))
  // The sums' steps are 2^-exponent of the noise's. A product with a power of two is exact; where a step of the noise is longer
  // than one of the sums, which needs 2^30 rows' length of noise, whole numbers of it would not be.
  const times = 2 ** -noise.exponent
  if (!(times >= 1)) throw new RangeError(`noise of ${noiseMultiplier * longest} steps is too wide`)
  return (sums) => {
    const drawn = new Float64Array(sums.length)
    noise.fill(drawn, random)
    return drawn.map((whole, i) => (sums[i]! * times + whole) / times)
  }
}
