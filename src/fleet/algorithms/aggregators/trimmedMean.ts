// The mean of each coordinate without its largest and smallest values.
// Source: Yin, Chen, Ramchandran, Bartlett 2018, definition 2. Breakdown: f ≤ β n of n nodes, β < 1/2.
// Within its breakdown it stays between honest values, no more: liars may pull it to their edge. Rows do not count.

import { FrostglassError } from '../../../errors.ts'
import { requireVectors } from './checkVectors.ts'
import { sortedColumn } from './coordinateMedian.ts'
import type { Aggregator } from './weightedMean.ts'

/**
 * @param share β in [0, 1/2): ⌊β n⌋ values are left out at each end
 * @throws FrostglassError 'usage' for a share out of range
 */
export function trimmedMean(share: number): Aggregator {
  if (!(share >= 0 && share < 0.5))
    throw new FrostglassError('usage', `a trimmed share is 0 or more and below 1/2, not ${share}`)
  return (vectors) => {
    const size = requireVectors(vectors)
    // The product of a share such as 0.29 and 100 is not to be a hair below 29.
    const cut = Math.floor(share * vectors.length + 1e-9)
    const left = vectors.length - 2 * cut
    const column = new Float64Array(vectors.length)
    return Float64Array.from({ length: size }, (_, i) => {
      sortedColumn(vectors, i, column)
      let sum = 0
      for (let k = cut; k < cut + left; k++) sum += column[k]!
      return sum / left
    })
  }
}
