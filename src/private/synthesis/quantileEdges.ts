// Where bins of a column end, when nobody can say: at private quantiles, paid for like every other release.
// Source: Smith 2011; Cesar and Rogers 2021 (ρ = ε²/8 each); ../mechanisms/quantile.ts.
// Where rows are few, quantiles spread over the whole range: bins are then as good as any, and no better.

import { privateQuantile } from '../mechanisms/quantile.ts'
import type { Account } from './account.ts'
import { binsOf, edgesAt } from './coding.ts'
import type { BinnedNumber } from './domain.ts'

/** Edges at the quantiles that give each bin as many rows. @param rho for all of the column's quantiles together */
export function quantileEdges(
  column: BinnedNumber,
  numbers: Float64Array,
  account: Account,
  rho: number,
): number[] {
  const [lower, upper] = column.bounds
  const bins = binsOf(column)
  if (bins === 1) return edgesAt(column, [])
  const epsilon = Math.sqrt((8 * rho) / (bins - 1)) * (1 - 2 ** -40)
  // A millionth of the range, as a power of two.
  const gridExponent = column.whole ? 0 : Math.floor(Math.log2(upper - lower)) - 20
  const cuts = Array.from({ length: bins - 1 }, (_, i) => {
    const quantile = (i + 1) / bins
    const measurement = privateQuantile({ quantile, epsilon, lower, upper, gridExponent })
    return account.other(`where bin ${i + 1} of ${column.name} ends`, measurement.map(1).rho!, (random) =>
      measurement.invoke(numbers, random),
    )
  })
  return edgesAt(column, cuts)
}
