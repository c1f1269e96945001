// Private keys: from what noisy count on a group is told, so that one person's own group almost never is.
// Source: Korolova and others 2009; Vadhan 2017, 3.3. The tail of a sum of Laplace variables: gamma mixtures, exactly.
// It does not promise rare groups: they are suppressed, and how many there are is not told.

import { FrostglassError } from '../../errors.ts'
import { logNormalTail } from '../accounting/normal.ts'
import { against } from '../mechanisms/rational.ts'
import { laplaceTail, reachOf } from './errorBars.ts'
import { noiseOf, type PerUnit, type Release, unitOf, type Values } from './release.ts'

/** @throws FrostglassError `usage` unless δ is there and lies between 0 and 1. */
export function requireDeltaForKeys(delta: number | undefined, key: string): number {
  if (delta !== undefined && delta > 0 && delta < 1) return delta
  throw new FrostglassError(
    'usage',
    delta === undefined
      ? `which values of ${key} there are is private, and telling them needs a δ`
      : `delta must lie between 0 and 1, but ${delta} came`,
    `State the keys if they are public (--keys ${key}=…), or give a δ well below one over the number of people (--delta 1e-6).`,
  )
}

/** No table has groups of so many rows. */
const MOST_ROWS = 1e13

/**
 * The least noisy count of rows with which a group is told. A group that only one unit has holds `rows` of it at most; that
 * it is told has probability P[rows + noise ≥ least] ≤ δ / groups, and such groups there are `groups` at most.
 *
 * The noise is the sum of that of m cells, in integers. Discrete noise of either law is stochastically at most the continuous
 * one rounded to the nearest integer, in size, and for sums of symmetric unimodal variables that is kept (PROOF.md, "Error
 * bars"); so m/2 more than the continuous tail.
 */
export function privateThreshold(
  release: Release,
  values: readonly Values[],
  perUnit: PerUnit,
  delta: number,
): number {
  if (release.kind !== 'moments') throw new TypeError('rows are counted by moments')
  const cells = release.degree + 1 + (release.missing ? 1 : 0)
  const unit = Number(unitOf(release, values))
  const { law, scale } = reachOf(noiseOf(release, values, perUnit), unit)
  const half = cells / (2 * unit)
  // A sure bound on P[noise ≥ x rows]; for one cell of whole rows it is discrete Laplace's own.
  const tail = (x: number): number => {
    if (x <= 0) return 1
    const beyond = Math.max(0, x - half) / scale
    if (law === 'gaussian')
      return against(Math.exp(logNormalTail((beyond / Math.sqrt(cells)) * (1 - 2 ** -50)) * (1 - 2 ** -40)))
    return cells === 1 && unit === 1
      ? against(Math.exp((-x / scale) * (1 - 2 ** -50)) / (1 + Math.exp(-1 / scale)))
      : against(laplaceTail(cells, beyond) / 2)
  }
  const allowed = delta / perUnit.groups
  let low = 0
  let high = 1
  while (tail(high) > allowed) {
    high *= 2
    if (high > MOST_ROWS)
      throw new FrostglassError(
        'usage',
        'no group would ever be told: the noise is too large',
        'Give a larger epsilon, or let fewer rows and groups of a person count.',
      )
  }
  // Thresholds are whole: the least that will do.
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (tail(middle) > allowed) low = middle
    else high = middle
  }
  return high + perUnit.rows
}
