// Columns as codes, numbers in bins of equally many synthetic rows: what is counted by pairs, and learned from.
// Source: quantiles. Bins are made of the synthetic rows alone, which everybody has.
// Sixteen bins lose what a number tells within one.

import type { CodedTableColumn } from '../../../protect/tables/codedTable.ts'
import type { FeatureTable, SyntheticSight } from './contract.ts'

const most = 16

/** The three tables as codes under the same values. */
export function binned(
  sight: SyntheticSight,
): Record<'original' | 'control' | 'synthetic', CodedTableColumn[]> {
  const made: Record<'original' | 'control' | 'synthetic', CodedTableColumn[]> = {
    original: [],
    control: [],
    synthetic: [],
  }
  const tables = ['original', 'control', 'synthetic'] as const
  sight.synthetic.features.forEach(({ name, isNumber, values }, c) => {
    const edges = isNumber ? edgesOf(values) : undefined
    const of = (table: FeatureTable) =>
      Uint32Array.from(table.features[c]!.values, (value) =>
        edges === undefined
          ? value
          : Number.isNaN(value)
            ? edges.length + 1
            : edges.filter((edge) => edge < value).length,
      )
    const codes = tables.map((table) => of(sight[table]))
    const count = 1 + Math.max(...codes.map((column) => column.reduce((a, b) => Math.max(a, b), 0)))
    const labels = Array.from({ length: count }, (_, v) => String(v))
    tables.forEach((table, t) => {
      made[table].push({ name, values: labels, codes: codes[t]! })
    })
  })
  return made
}

/** Different numbers that cut a column into at most sixteen bins. */
function edgesOf(values: Float64Array): number[] {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  const edges = Array.from(
    { length: most - 1 },
    (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / most)] ?? 0,
  )
  return [...new Set(edges)]
}
