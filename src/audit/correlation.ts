// How well separated components match attributes, whatever they were named: the usual measure of a blind separation.
// Source: issue 9, section 2 ("match components to columns and report correlation").
// It is an upper bound: an adversary must still find out which component is which attribute, its sign and its scale.

import { shuffle, stream, upTo } from '../learn/index.ts'
import type { Metric } from './attack.ts'

const resamples = 200

/**
 * Mean over the varying attributes of the largest absolute correlation with any component.
 * @param truth one array an attribute; constant ones are left out.
 * @param components what the adversary separated.
 * @param released the columns as they left: the baseline, what needs no attack.
 */
export function correlationOf(
  truth: readonly Float64Array[],
  components: readonly Float64Array[],
  released: readonly Float64Array[],
  seed: number,
): Metric {
  const rows = truth[0]?.length ?? 0
  const all = upTo(rows)
  const source = stream(seed, 'correlation')
  const found = Float64Array.from({ length: resamples }, () =>
    largest(
      truth,
      components,
      Int32Array.from(all, () => Math.floor(source.uniform() * rows)),
    ),
  ).sort()
  const mixed = shuffle(upTo(rows), stream(seed, 'correlation by chance'))
  return {
    name: 'correlation',
    value: largest(truth, components, all),
    interval: [found[Math.round(0.025 * (resamples - 1))]!, found[Math.round(0.975 * (resamples - 1))]!],
    chance: largest(
      truth,
      components.map((component) => Float64Array.from(mixed, (r) => component[r]!)),
      all,
    ),
    baseline: largest(truth, released, all),
  }
}

function largest(
  truth: readonly Float64Array[],
  components: readonly Float64Array[],
  rows: Int32Array,
): number {
  const own = components.map((component) => standardised(component, rows))
  let sum = 0
  let count = 0
  for (const column of truth) {
    const target = standardised(column, rows)
    if (!target) continue
    count++
    sum += own.reduce((best, component) => Math.max(best, component ? along(target, component) : 0), 0)
  }
  return count > 0 ? sum / count : 0
}

/** Mean 0 and length 1; undefined for a constant. */
function standardised(column: Float64Array, rows: Int32Array): Float64Array | undefined {
  let mean = 0
  for (const r of rows) mean += column[r]! / rows.length
  const out = Float64Array.from(rows, (r) => column[r]! - mean)
  const length = Math.sqrt(out.reduce((sum, x) => sum + x * x, 0))
  if (!(length > 1e-12 * (1 + Math.abs(mean)) * Math.sqrt(rows.length))) return undefined
  return out.map((x) => x / length)
}

function along(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let r = 0; r < a.length; r++) sum += a[r]! * b[r]!
  return Math.abs(sum)
}
