// A released table, however it was made: rows of labels, and which leaves each label may stand for.
// Source: ours; labels are read as the audit reads them.
// Synthetic rows and raw ones are the case where every label stands for one leaf.

import { coverOf } from '../../src/audit/published/labels.ts'
import type { CodedTable } from '../../src/protect/tables/codedTable.ts'
import type { People } from './people.ts'

/** A column: [rows] a label each, [labels] leaves that each may stand for. */
export interface ReleasedColumn {
  readonly labels: ArrayLike<number>
  readonly leavesOf: readonly (readonly number[])[]
  readonly leaves: number
}

/** [columns] in the order of `people.ts`. */
export interface Released {
  readonly rows: number
  readonly columns: readonly ReleasedColumn[]
}

/** @param kept [rows] 1 for a row that is published; all, if absent */
export function releasedOf(
  { inside, hierarchies }: People,
  table: CodedTable,
  kept?: ArrayLike<number>,
): Released {
  const rows: number[] = []
  for (let i = 0; i < table.rows; i++) if (kept === undefined || kept[i] === 1) rows.push(i)
  return {
    rows: rows.length,
    columns: inside.columns.map((own, j) => {
      const { values, codes } = table.columns.find(({ name }) => name === own.name)!
      const hierarchy = hierarchies[j]!
      const all = { name: own.name, values: hierarchy.leaves, codes: own.codes }
      const { labelsOf, strange } = coverOf(all, { name: own.name, values, codes }, hierarchy)
      if (strange > 0) throw new Error(`${strange} labels of ${own.name} stand for nothing`)
      const leavesOf: number[][] = values.map(() => [])
      labelsOf.forEach((labels, leaf) => {
        for (const one of labels) leavesOf[one]!.push(leaf)
      })
      return {
        labels: Uint32Array.from(rows, (row) => codes[row]!),
        leavesOf,
        leaves: hierarchy.leaves.length,
      }
    }),
  }
}
