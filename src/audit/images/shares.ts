// Metrics of attacks on images: shares of right answers beside what chance gives.
// Source: Yonan et al. 2025 (F_a = C / T, chance 1/7); audit/bootstrap.ts for intervals.
// Chance is the largest class's share among what is judged: a little more than an adversary who knows nothing has.

import { meanInterval } from '../../statistics/bootstrap.ts'
import { mean } from '../../statistics/moments.ts'
import type { Metric, MetricName } from '../finding.ts'

/** The share of right class numbers, its interval, and the share of the most frequent true class. @throws RangeError */
export function labelMetric(
  name: MetricName,
  named: ArrayLike<number>,
  truth: ArrayLike<number>,
  seed: number,
): Metric {
  if (named.length !== truth.length || truth.length === 0) {
    throw new RangeError(`${named.length} answers cannot be compared with ${truth.length} classes`)
  }
  const right = Float64Array.from(truth, (c, i) => Number(named[i] === c))
  return { name, value: mean(right), interval: meanInterval(right, seed), chance: largestShare(truth) }
}

/** The share of the most frequent class, 0 … 1. */
export function largestShare(classes: ArrayLike<number>): number {
  return Math.max(...countsOf(classes).values()) / classes.length
}

/** How often each class occurs. */
export function countsOf(classes: ArrayLike<number>): Map<number, number> {
  const counts = new Map<number, number>()
  for (let i = 0; i < classes.length; i++) counts.set(classes[i]!, (counts.get(classes[i]!) ?? 0) + 1)
  return counts
}
