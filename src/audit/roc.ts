// How well scores tell two kinds apart: area under the ROC curve, best balanced accuracy, and hits at few false alarms.
// Source: Fawcett 2006 (AUC); Carlini et al. 2022 (membership is judged at low false-positive rates).
// Intervals: the bootstrap over both kinds at once; of hits at few false alarms, Clopper and Pearson's at the threshold.

import { seededStream } from '../random/seeded.ts'
import { hitInterval } from '../statistics/binomial.ts'
import { percentileInterval } from '../statistics/bootstrap.ts'

/** A number with its 95% interval. */
export interface Estimate {
  readonly value: number
  readonly interval: readonly [low: number, high: number]
}

/** How well scores tell positives from negatives. JSON. */
export interface RocMeasures {
  readonly auc: Estimate
  /**
   * (hits + correct rejections) / 2 at the best threshold. It is chosen in hindsight, so scores that know nothing get
   * somewhat more than 0.5.
   */
  readonly balancedAccuracy: Estimate
  /**
   * Share of the positives that are found at one false alarm in a thousand. With fewer than a thousand negatives the
   * threshold lets none through.
   */
  readonly hitsAtThousandth: Estimate
  /** The same at one in a hundred. */
  readonly hitsAtHundredth: Estimate
}

const resamples = 1000

/**
 * @param scores the larger, the likelier positive; equal scores count half
 * @param positive 1 or 0
 * @throws RangeError when one of the two kinds does not occur
 */
export function curveOf(scores: Float64Array, positive: Uint8Array, seed: number): RocMeasures {
  const rows = scores.length
  const positives = positive.reduce((sum, p) => sum + p, 0)
  if (positives === 0 || positives === rows) throw new RangeError('a ROC curve needs both kinds')
  // Sorted once; a resample only weighs the rows, so each costs one pass.
  const order = descending(scores)
  const weights = new Float64Array(rows).fill(1)
  const whole = pass(order, scores, positive, weights)
  const source = seededStream(seed, 'roc')
  const areas: number[] = []
  const balances: number[] = []
  for (let r = 0; r < resamples; r++) {
    weights.fill(0)
    for (let i = 0; i < rows; i++) weights[source.below(rows)]!++
    const { auc, balance } = pass(order, scores, positive, weights)
    // A resample without one of the kinds has no curve.
    if (!Number.isFinite(auc)) continue
    areas.push(auc)
    balances.push(balance)
  }
  const hits = (found: number): Estimate => ({
    value: found / positives,
    interval: hitInterval(found, positives),
  })
  return {
    auc: { value: whole.auc, interval: percentileInterval(Float64Array.from(areas)) },
    balancedAccuracy: { value: whole.balance, interval: percentileInterval(Float64Array.from(balances)) },
    hitsAtThousandth: hits(whole.atThousandth),
    hitsAtHundredth: hits(whole.atHundredth),
  }
}

/** A point of a ROC curve: shares of the negatives and of the positives above a threshold. */
export interface RocPoint {
  readonly falseAlarms: number
  readonly hits: number
}

/** The corners of the ROC curve, from no alarm to all. @throws RangeError as {@link curveOf} */
export function rocPoints(scores: Float64Array, positive: Uint8Array): RocPoint[] {
  const positives = positive.reduce((sum, p) => sum + p, 0)
  const negatives = scores.length - positives
  if (positives === 0 || negatives === 0) throw new RangeError('a ROC curve needs both kinds')
  const order = descending(scores)
  const points: RocPoint[] = [{ falseAlarms: 0, hits: 0 }]
  let [hits, alarms] = [0, 0]
  order.forEach((row, i) => {
    if (positive[row]) hits++
    else alarms++
    // Of equal scores a threshold takes all or none.
    if (i + 1 < order.length && scores[order[i + 1]!] === scores[row]) return
    points.push({ falseAlarms: alarms / negatives, hits: hits / positives })
  })
  return points
}

const descending = (scores: Float64Array): number[] =>
  Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!)

/** Area, best balanced accuracy, and the weight of the positives found at few false alarms. */
function pass(
  order: readonly number[],
  scores: Float64Array,
  positive: Uint8Array,
  weights: Float64Array,
): { auc: number; balance: number; atThousandth: number; atHundredth: number } {
  let [positives, negatives] = [0, 0]
  for (let i = 0; i < order.length; i++) {
    if (positive[i]) positives += weights[i]!
    else negatives += weights[i]!
  }
  let [hits, alarms, area, atThousandth, atHundredth] = [0, 0, 0, 0, 0]
  let balance = 0.5
  for (let start = 0; start < order.length; ) {
    let [p, n, end] = [0, 0, start]
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) {
      const row = order[end]!
      if (positive[row]) p += weights[row]!
      else n += weights[row]!
      end++
    }
    area += n * (hits + p / 2)
    hits += p
    alarms += n
    if (alarms <= 0.001 * negatives) atThousandth = hits
    if (alarms <= 0.01 * negatives) atHundredth = hits
    balance = Math.max(balance, (hits / positives + 1 - alarms / negatives) / 2)
    start = Math.max(end, start + 1)
  }
  return { auc: area / (positives * negatives), balance, atThousandth, atHundredth }
}
