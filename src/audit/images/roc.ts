// How well scores tell two kinds apart: area under the ROC curve, and the hits at one false alarm in a hundred.
// Source: Fawcett 2006 (AUC); Carlini et al. 2022 (membership is judged at low false-positive rates).
// Intervals by the bootstrap over both kinds at once.

import { stream } from '../../learn/index.ts'
import { percentileInterval } from '../bootstrap.ts'

interface Estimate {
  readonly value: number
  readonly interval: readonly [number, number]
}

const resamples = 1000
const falseAlarms = 0.01

/**
 * @param scores the larger, the likelier positive; equal scores count half
 * @param positive 1 or 0
 * @throws RangeError when one of the two kinds does not occur
 */
export function curveOf(
  scores: Float64Array,
  positive: Uint8Array,
  seed: number,
): { readonly auc: number; readonly interval: readonly [number, number]; readonly atFew: Estimate } {
  const rows = scores.length
  const positives = positive.reduce((sum, p) => sum + p, 0)
  if (positives === 0 || positives === rows) throw new RangeError('a ROC curve needs both kinds')
  // Sorted once; a resample only weighs the rows, so each costs one pass.
  const order = Array.from({ length: rows }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!)
  const weights = new Float64Array(rows).fill(1)
  const whole = pass(order, scores, positive, weights)
  const source = stream(seed, 'roc')
  const areas: number[] = []
  const hits: number[] = []
  for (let r = 0; r < resamples; r++) {
    weights.fill(0)
    for (let i = 0; i < rows; i++) weights[Math.floor(source.uniform() * rows)]!++
    const { auc, few } = pass(order, scores, positive, weights)
    // A resample without one of the kinds has no curve.
    if (Number.isFinite(auc)) areas.push(auc)
    if (Number.isFinite(few)) hits.push(few)
  }
  return {
    auc: whole.auc,
    interval: percentileInterval(Float64Array.from(areas)),
    atFew: { value: whole.few, interval: percentileInterval(Float64Array.from(hits)) },
  }
}

function pass(
  order: readonly number[],
  scores: Float64Array,
  positive: Uint8Array,
  weights: Float64Array,
): { auc: number; few: number } {
  let [positives, negatives] = [0, 0]
  for (let i = 0; i < order.length; i++) {
    if (positive[i]) positives += weights[i]!
    else negatives += weights[i]!
  }
  let [hits, alarms, area, few] = [0, 0, 0, 0]
  for (let start = 0; start < order.length; ) {
    let [p, n, end] = [0, 0, start]
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) {
      const row = order[end]!
      if (positive[row]) p += weights[row]!
      else n += weights[row]!
      end++
    }
    // Of equal scores a threshold takes all or none.
    area += n * (hits + p / 2)
    hits += p
    alarms += n
    if (alarms <= falseAlarms * negatives) few = hits
    start = Math.max(end, start + 1)
  }
  return { auc: area / (positives * negatives), few: few / positives }
}
