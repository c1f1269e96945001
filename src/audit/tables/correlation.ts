// How well separated components match attributes, whatever they were named: the usual measure of a blind separation.
// Source: docs/architecture.md#the-audit ("match components to columns and report correlation").
// It is an upper bound: an adversary must still find out which component is which attribute, its sign and its scale.

import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import { mean } from '../../statistics/moments.ts'
import type { Metric } from '../finding.ts'

const resamples = 200

/**
 * Mean over the varying attributes of the largest absolute correlation with any component.
 * @param truth one array an attribute; constant ones are left out.
 * @param components what the adversary separated.
 * @param released the columns as they left: the baseline, what needs no attack.
 * @returns undefined where no attribute varies: of nothing there is no mean
 */
export function correlationOf(
  truth: readonly Float64Array[],
  components: readonly Float64Array[],
  released: readonly Float64Array[],
  seed: number,
): Metric | undefined {
  const rows = truth[0]?.length ?? 0
  const all = upTo(rows)
  const best = closest(truth, components)
  if (best.length === 0) return undefined
  const source = seededStream(seed, 'correlation')
  const found = Float64Array.from({ length: resamples }, () => {
    const drawn = Int32Array.from(all, () => source.below(rows))
    const again = best.map(({ column, component }) =>
      correlation(standardised(column, drawn), component && standardised(component, drawn)),
    )
    return meanOrZero(again)
  }).sort()
  const mixed = shuffle(upTo(rows), seededStream(seed, 'correlation by chance'))
  const shuffled = components.map((component) => Float64Array.from(mixed, (r) => component[r]!))
  return {
    name: 'correlation',
    value: meanOrZero(best.map((b) => b.value)),
    interval: [found[Math.round(0.025 * (resamples - 1))]!, found[Math.round(0.975 * (resamples - 1))]!],
    chance: meanOrZero(closest(truth, shuffled).map((b) => b.value)),
    baseline: meanOrZero(closest(truth, released).map((b) => b.value)),
  }
}

/** For each varying attribute the component with the largest absolute correlation, if any varies. */
function closest(truth: readonly Float64Array[], components: readonly Float64Array[]) {
  const all = upTo(truth[0]?.length ?? 0)
  const scaled = components.map((component) => standardised(component, all))
  return truth.flatMap((column) => {
    const target = standardised(column, all)
    if (!target) return []
    let best: { column: Float64Array; component?: Float64Array | undefined; value: number } = {
      column,
      value: 0,
    }
    components.forEach((component, i) => {
      const value = correlation(target, scaled[i])
      if (value > best.value) best = { column, component, value }
    })
    return [best]
  })
}

/** Mean 0 and length 1; undefined for a constant. */
function standardised(column: Float64Array, rows: Int32Array): Float64Array | undefined {
  let average = 0
  for (const r of rows) average += column[r]! / rows.length
  // Plain loops: hundreds of resamples of every column go through here.
  const out = new Float64Array(rows.length)
  let squares = 0
  for (let i = 0; i < out.length; i++) {
    const x = column[rows[i]!]! - average
    out[i] = x
    squares += x * x
  }
  const length = Math.sqrt(squares)
  if (!(length > 1e-12 * Math.abs(average) * Math.sqrt(rows.length))) return undefined
  for (let i = 0; i < out.length; i++) out[i] = out[i]! / length
  return out
}

/** Absolute correlation of standardised columns; 0 with a constant. */
function correlation(a: Float64Array | undefined, b: Float64Array | undefined): number {
  if (!a || !b) return 0
  let sum = 0
  for (let r = 0; r < a.length; r++) sum += a[r]! * b[r]!
  return Math.abs(sum)
}

const meanOrZero = (values: readonly number[]): number => (values.length > 0 ? mean(values) : 0)
