// Rows that are equal in all quasi-identifiers and sensitive columns, once each: what a search works on instead of rows.
// Source: docs/tables.md; a class of a node is a union of such rows. They stand in the order of their first row.
// Which distinct row each row is comes with them, so that a table can be written again from what became of its distinct rows.

import type { CodedTableColumn, ColumnCodes, DistinctRows } from './codedTable.ts'
import { roomForCodes } from './codeTexts.ts'
import { createNumberer, type Numbering } from './numberRows.ts'

/** Distinct rows, and which of them each row is. */
export interface Distinct {
  readonly distinct: DistinctRows
  /** [rows] index of a distinct row; of the public table's rows, where they are not published, too. */
  readonly of: Uint32Array
}

/**
 * Finds the distinct rows of some columns.
 * @param published [rows] 1 for a row that is published, 0 for one that is of the public table alone; the columns then are
 * the public table's, of which the published rows are a part. Absent: all are published, and there is no public table
 * @throws RangeError for columns of several lengths
 */
export function distinctRows(
  quasi: readonly CodedTableColumn[],
  sensitive: readonly CodedTableColumn[],
  published?: ArrayLike<number>,
): Distinct {
  const columns = [...quasi, ...sensitive]
  const rows = published?.length ?? columns[0]?.codes.length ?? 0
  if (columns.some(({ codes }) => codes.length !== rows))
    throw new RangeError('expected columns of one length')
  const numbering = createNumberer().number(
    rows,
    columns.map(({ codes, values }) => ({ codes, values: values.length })),
  )
  const counts = new Float64Array(numbering.count)
  const population = published && new Float64Array(numbering.count)
  for (let i = 0; i < rows; i++) {
    const d = numbering.of[i]!
    counts[d]! += published ? published[i]! : 1
    if (population) population[d]! += 1
  }
  const take = ({ codes, values }: CodedTableColumn) => taken(codes, values.length, numbering)
  return {
    distinct: {
      count: numbering.count,
      quasi: quasi.map(take),
      sensitive: sensitive.map(take),
      rows: counts,
      population,
    },
    of: numbering.of,
  }
}

function taken(codes: ColumnCodes, values: number, { first, count }: Numbering): ColumnCodes {
  const result = roomForCodes(count, values)
  for (let d = 0; d < count; d++) result[d] = codes[first[d]!]!
  return result
}
