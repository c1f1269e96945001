// For tests: rows of texts as distinct rows, and two privacy models by their definitions.
// Source: none.
// It is slow and plain on purpose.

import type { DistinctRows } from '../codedTable.ts'
import type { PartitionModel } from './classChecks.ts'

/** Rows of texts in columns of codes, equal rows once. @param values [columns] distinct texts by code */
export function distinctRowsOf(
  rows: readonly (readonly string[])[],
  values: readonly (readonly string[])[],
  sensitiveColumns = 0,
): { readonly distinct: DistinctRows; readonly distinctOf: Uint32Array } {
  const indexOf = new Map<string, number>()
  const found: (readonly string[])[] = []
  const distinctOf = Uint32Array.from(rows, (row) => {
    const key = JSON.stringify(row)
    const index = indexOf.get(key) ?? found.push(row) - 1
    indexOf.set(key, index)
    return index
  })
  const counts = new Float64Array(found.length)
  for (const index of distinctOf) counts[index]!++
  const codes = values.map((texts, column) => Uint16Array.from(found, (row) => texts.indexOf(row[column]!)))
  const quasiColumns = values.length - sensitiveColumns
  return {
    distinct: {
      count: found.length,
      quasi: codes.slice(0, quasiColumns),
      sensitive: codes.slice(quasiColumns),
      rows: counts,
    },
    distinctOf,
  }
}

/** k-anonymity: classes of k rows or more. */
export const atLeast = (k: number): PartitionModel => ({
  model: { says: `${k}-anonymity` },
  column: -1,
  classPasses: ({ rows }) => rows >= k,
})

/** Distinct l-diversity of the first sensitive column. */
export const diverse = (l: number): PartitionModel => ({
  model: { says: `${l} distinct values` },
  column: 0,
  classPasses: ({ distinct }) => distinct >= l,
})
