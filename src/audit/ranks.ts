// Which candidate comes first: shares of samples whose source is named at the first guess, or within five.
// Source: re-identification rates as in record linkage, Winkler (2004); docs/architecture.md#the-audit. For tables and images alike.
// Ties count as resolved at random: what makes all candidates alike gives chance.

import { meanInterval } from '../statistics/bootstrap.ts'
import { mean } from '../statistics/moments.ts'
import type { Metric } from './finding.ts'

/**
 * @param dissimilarities [samples, candidates], row-major
 * @param pairs samples that are asked about, each with its right candidate
 */
export function rankMetrics(
  dissimilarities: Float64Array,
  pairs: readonly (readonly [sample: number, candidate: number])[],
  candidates: number,
  seed: number,
): [rank1: Metric, rank5: Metric] {
  const first = new Float64Array(pairs.length)
  const five = new Float64Array(pairs.length)
  pairs.forEach(([sample, candidate], i) => {
    const distance = dissimilarities[sample * candidates + candidate]!
    const slack = 1e-9 * Math.abs(distance)
    let [closer, alike] = [0, 0]
    for (let c = 0; c < candidates; c++) {
      const d = dissimilarities[sample * candidates + c]!
      if (d < distance - slack) closer++
      // What is no number is no reason to prefer anybody.
      else if (!(d > distance + slack)) alike++
    }
    first[i] = closer === 0 ? 1 / alike : 0
    five[i] = Math.max(0, Math.min(1, (5 - closer) / alike))
  })
  const metric = (name: 'rank1' | 'rank5', values: Float64Array, places: number): Metric => ({
    name,
    value: mean(values),
    interval: meanInterval(values, seed),
    chance: Math.min(1, places / candidates),
  })
  return [metric('rank1', first, 1), metric('rank5', five, 5)]
}
