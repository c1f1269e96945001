// The report of table 1: the counts beside those of the study.
// Source: Yonan et al. 2025, Table 1.

import type { Report } from '../experiment.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { type Counted, rows } from './table1.ts'

export interface Table1Results {
  readonly counted: readonly Counted[]
}

export function table1Report({ counted }: Table1Results): Report {
  const head = ['obfuscator', 'parameters', 'study', 'operations', 'study', 'bytes', 'study']
  const table = counted.map((network, i) => [
    network.name,
    network.parameters.toLocaleString('en'),
    rows[i]!.parameters,
    network.flops.toExponential(2).replace('e+', 'e'),
    rows[i]!.flops ?? '–',
    bytesText(network.bytes),
    rows[i]!.bytes ?? '–',
  ])
  return {
    figures: {},
    page: { table: markdownTable(head, table) },
    summary: `Parameters, operations and bytes at 224×224×3, n = 512:\n${plainTable(head, table)}`,
  }
}

function bytesText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(3)} GB`
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(0)} MB`
  return `${(bytes / 1e3).toFixed(1)} kB`
}
