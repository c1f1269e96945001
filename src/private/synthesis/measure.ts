// Counting a table under noise, in bins that a model suggests, and how far counts are trusted against the model.
// Source: PROOF.md, section 3.
// Bins look at the model alone.

import type { Account } from './account.ts'
import { type Bins, joinedBins } from './bins.ts'
import { type CodedRows, countsOf } from './counts.ts'
import { gathered, type Sizes } from './graphical/factor.ts'
import type { Measurement } from './graphical/fit.ts'

/** Names of columns, and which have an order, for bins and for what is told of releases. */
export interface Naming {
  readonly names: readonly string[]
  /** Whether neighbouring codes are alike. */
  readonly ordered: readonly boolean[]
}

/** A bin should expect this many standard deviations of its noise. */
const ENOUGH = 2

/** Bins of a table for noise of σ. */
export function binsFor(
  expected: Float64Array,
  columns: readonly number[],
  sizes: Sizes,
  { ordered }: Naming,
  sigma: number,
): Bins {
  // The walk goes along the longest ordered column, where neighbours are alike; along the longest of all where none is.
  const rank = (column: number) => sizes[column]! + (ordered[column] ? 1e6 : 0)
  const along = columns.reduce((best, column) => (rank(column) > rank(best) ? column : best))
  const stride = columns
    .slice(columns.indexOf(along) + 1)
    .reduce((cells, column) => cells * sizes[column]!, 1)
  return joinedBins(expected, { codes: sizes[along]!, stride }, ENOUGH * sigma)
}

/**
 * How far counts are taken to lie from what entropy makes of the rest, squared, over what is expected: by noise of σ, bins expect 2σ
 * and more, and interactions of a half to once and a half of that are common. The best of 2, 4 and 8 on Adult; they differ little.
 */
export const spreadFor = (sigma: number): number => 4 * sigma

/** Counts a table in bins. */
export function measured(
  rows: CodedRows,
  account: Account,
  {
    columns,
    bins,
    sigma,
    naming,
  }: {
    readonly columns: readonly number[]
    readonly bins: Bins
    readonly sigma: number
    readonly naming: Naming
  },
): Measurement {
  const counts = account.noisy(
    `counts by ${columns.map((column) => naming.names[column]).join(' × ')}`,
    gathered(countsOf(rows, columns), bins.of, bins.count),
    sigma,
  )
  return { columns, bins: bins.of, counts, variance: sigma * sigma }
}
