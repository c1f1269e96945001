// Where bins of a column end, when nobody can say: at private quantiles, paid for like every other release.
// Source: Smith 2011; Cesar and Rogers 2021 (ρ = ε²/8 each); ../mechanisms/quantile.ts.
// Where rows are few, quantiles spread over the whole range: bins are then as good as any, and no better.

import { privateQuantile } from '../mechanisms/quantile.ts'
import type { Account } from './account.ts'
import { binsOf, edgesAt } from './coding.ts'
import type { BinnedNumber } from './domain.ts'

/** A private quantile of a column's numbers, before any is read. */
export type Cut = ReturnType<typeof privateQuantile>

/**
 * The quantiles that give each bin of a column as many rows.
 * @param rho for all of them together
 * @throws FrostglassError `usage` for bounds that no grid lies between: before anything is paid
 */
export function quantileCuts(column: BinnedNumber, rho: number): readonly Cut[] {
  const [lower, upper] = column.bounds
  const bins = binsOf(column)
  if (bins === 1) return []
  const epsilon = Math.sqrt((8 * rho) / (bins - 1)) * (1 - 2 ** -40)
  // A millionth of the range, as a power of two.
  const gridExponent = column.whole ? 0 : Math.floor(Math.log2(upper - lower)) - 20
  return Array.from({ length: bins - 1 }, (_, i) =>
    privateQuantile({ quantile: (i + 1) / bins, epsilon, lower, upper, gridExponent }),
  )
}

/** Edges where the quantiles lie. */
export function quantileEdges(
  column: BinnedNumber,
  cuts: readonly Cut[],
  numbers: Float64Array,
  account: Account,
): number[] {
  return edgesAt(
    column,
    cuts.map((cut, i) =>
      account.other(`where bin ${i + 1} of ${column.name} ends`, cut.map(1).rho!, (random) =>
        cut.invoke(numbers, random),
      ),
    ),
  )
}
