// One loss from a loss a column: their sum, a mean, the largest, or all of them from the largest (rank).
// Source: ARX, metric/v2, ILMultiDimensional*. Weights are divided by the largest of them.
// Unlike ARX's, a weight in the geometric mean weighs its column: there (1 + loss) is multiplied, which scales the whole alone.

import type { QualityLoss } from '../quality.ts'

/** How losses of columns become one. */
export type Aggregate = 'sum' | 'arithmetic mean' | 'geometric mean' | 'maximum' | 'rank'

/**
 * An aggregate with its weights.
 * @param weights [columns] not negative; all 0 counts as all 1
 */
export function aggregateOf(
  aggregate: Aggregate,
  weights: readonly number[],
): (losses: ArrayLike<number>) => QualityLoss {
  const largest = Math.max(...weights)
  const shares = Float64Array.from(weights, (weight) => (largest > 0 ? weight / largest : 1))
  const { length } = weights
  const sum = (losses: ArrayLike<number>) => {
    let total = 0
    for (let j = 0; j < length; j++) total += losses[j]! * shares[j]!
    return total
  }
  if (aggregate === 'sum') return (losses) => [sum(losses)]
  if (aggregate === 'arithmetic mean') return (losses) => [sum(losses) / length]
  if (aggregate === 'geometric mean')
    return (losses) => {
      let product = 1
      for (let j = 0; j < length; j++) product *= (1 + losses[j]! * shares[j]!) ** (1 / length)
      return [product - 1]
    }
  const weighted = (losses: ArrayLike<number>) => Array.from(shares, (share, j) => losses[j]! * share)
  if (aggregate === 'maximum') return (losses) => [Math.max(...weighted(losses))]
  return (losses) => weighted(losses).sort((a, b) => b - a)
}

/**
 * Which of two losses is smaller: negative where the first is.
 * Losses of one model have one length.
 */
export function compareLoss(a: QualityLoss, b: QualityLoss): number {
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return 0
}

/**
 * A loss to ten decimals, so that two nodes of one loss are equal whatever order their sums were made in (ARX rounds so, too).
 * Sums of whole numbers need no rounding.
 */
export const tenDecimals = (value: number): number => Math.round(value * 1e10) / 1e10
