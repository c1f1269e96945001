// Gaussian noise for exact sums: on a grid at least as fine as theirs, so that the release is the continuous mechanism's.
// Source: PROOF.md, sections 1 and 4; ../training/roundedGaussian.ts for the draws.
// It counts nothing: what a release costs is said by who makes it.

import { FrostglassError } from '../../errors.ts'
import { requirePositive } from '../accounting/check.ts'
import { leastMultiplier } from '../training/roundedGaussian.ts'

/** A product that was rounded some four times, from above. */
export const raised = (product: number): number => product * (1 + 2 ** -49)

/**
 * What a release of sums of rows must be told.
 * @throws FrostglassError `usage` unless the norm is 1e-100 to 1e100 and the noise multiplier 0.25 to 1e6
 */
export function requireScales(norm: number, noiseMultiplier: number): void {
  requirePositive('the norm', norm)
  requirePositive('the noise multiplier', noiseMultiplier)
  if (!(norm >= 1e-100 && norm <= 1e100))
    throw new FrostglassError(
      'usage',
      `the norm is 1e-100 to 1e100; got ${norm}`,
      'Scale the rows by a number that you choose without looking at them.',
    )
  if (!(noiseMultiplier >= leastMultiplier && noiseMultiplier <= 1e6))
    throw new FrostglassError(
      'usage',
      `the noise multiplier is 0.25 to 1e6; got ${noiseMultiplier}`,
      'Take one between: at 1e6 nothing is left of a sum of fewer rows, and below 0.25 next to nothing is hidden.',
    )
}
