// Krum: the vector whose nearest neighbours are nearest; multi-Krum: the mean of several such.
// Source: Blanchard, El Mhamdi, Guerraoui, Stainer 2017, section 4. Breakdown: n ≥ 2 f + 3 nodes, f of them liars.
// It guards against vectors that are far away. A liar who stays near, or moves few coordinates, is chosen (Baruch et al. 2019).

import { FrostglassError } from '../../../errors.ts'
import { requireVectors } from './checkVectors.ts'
import { equalMean } from './equalMean.ts'
import type { Aggregator, Weighted } from './weightedMean.ts'

/** @param liars f that are provided for @throws when used, FrostglassError 'input' for fewer than 2 f + 3 vectors */
export const krum = (liars: number): Aggregator => multiKrum(liars, 1)

/**
 * @param chosen m: how many of the best are averaged; n − f at most
 * @throws FrostglassError 'usage' for numbers out of range; when used, 'input' for fewer than 2 f + 3 vectors, or than f + m
 */
export function multiKrum(liars: number, chosen: number): Aggregator {
  if (!(Number.isSafeInteger(liars) && liars >= 0 && Number.isSafeInteger(chosen) && chosen >= 1))
    throw new FrostglassError('usage', `Krum takes whole numbers f ≥ 0 and m ≥ 1, not ${liars} and ${chosen}`)
  return (vectors) => {
    requireVectors(vectors)
    const fewest = Math.max(2 * liars + 3, liars + chosen)
    if (vectors.length < fewest)
      throw new FrostglassError(
        'input',
        `${vectors.length} updates are too few for Krum with ${liars} liars: it takes ${fewest}`,
        'Wait for more nodes.',
      )
    const scores = scoresOf(vectors, vectors.length - liars - 2)
    const best = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]! || a - b).slice(0, chosen)
    return equalMean(best.map((i) => vectors[i]!))
  }
}

/** The sum of squared distances to the `count` nearest others; a vector with what is no number is infinitely far. */
function scoresOf(vectors: readonly Weighted[], count: number): Float64Array {
  const far = vectors.map(() => new Float64Array(vectors.length).fill(Number.POSITIVE_INFINITY))
  for (let i = 0; i < vectors.length; i++) {
    for (let j = 0; j < i; j++) {
      const square = squaredDistance(vectors[i]!.vector, vectors[j]!.vector)
      far[i]![j] = far[j]![i] = Number.isNaN(square) ? Number.POSITIVE_INFINITY : square
    }
  }
  return Float64Array.from(far, (others) => {
    others.sort()
    return others.subarray(0, count).reduce((sum, d) => sum + d, 0)
  })
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2
  return sum
}
