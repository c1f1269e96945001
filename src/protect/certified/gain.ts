// The gain factor C: by what factor a release raises the success of guessing any function of the attribute, under any prior.
// Source: PROOF.md, "Any prior" (Braun, Chatzikokolakis and Palamidessi 2009: C is the multiplicative Bayes capacity).
// It covers functions of this attribute alone; a change of the law of the codes given the attribute is not covered.

import { klUpper } from './limits.ts'
import type { CodeTable } from './table.ts'

/** Σ over released codes of the largest P(code | attribute): 1 tells nothing, the number of attributes tells all. */
export interface Gain {
  readonly estimate: number
  readonly upper: number
}

/**
 * @param table the units, of which each attribute's are a stratum @param cells what was released of them
 * @returns null where a value of the attribute has no unit
 */
export function gainOf(table: CodeTable, cells: readonly (readonly number[])[], delta: number): Gain | null {
  const strata = table.attributes.map((_, s) => table.counts.reduce((sum, row) => sum + row[s]!, 0))
  const least = Math.min(...strata)
  if (least === 0) return null
  const values = strata.length
  const units = strata.reduce((a, b) => a + b, 0)
  // The success under the uniform prior is a mean over strata: C is so many times that.
  const uniform =
    cells.reduce((sum, row) => sum + Math.max(...row.map((cell, s) => cell / strata[s]!)), 0) / values
  // A unit of stratum s has the weight least / n_s of at most 1; so scaled, what is hit is a sum of variables in [0, 1].
  const scale = units / (values * least)
  const scaled = klUpper(Math.min(1, uniform / scale), units, delta) * scale
  const squares = strata.reduce((sum, count) => sum + 1 / (values * values * count), 0)
  const hoeffding = uniform + Math.sqrt((Math.log(1 / delta) / 2) * squares)
  // Both are limits by the same statistic, so the smaller one is one, too (PROOF.md).
  return { estimate: values * uniform, upper: values * Math.min(1, scaled, hoeffding) }
}
