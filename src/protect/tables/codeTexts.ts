// Columns of texts as dictionaries and codes, in memory.
// Source: codedTable.ts. Files of any size come by codedFile.ts, which lets the database count the values.
// It knows nothing of numbers: 1 and 1.0 are two values.

import { FrostglassError } from '../../errors.ts'
import type { CodedTable, CodedTableColumn, ColumnCodes } from './codedTable.ts'

/** Room for `rows` codes below `values`, in the fewest bytes. */
export function roomForCodes(rows: number, values: number): ColumnCodes {
  if (values <= 1 << 8) return new Uint8Array(rows)
  return values <= 1 << 16 ? new Uint16Array(rows) : new Uint32Array(rows)
}

/**
 * Codes a column of texts.
 * @param leaves the dictionary: the leaves of the column's hierarchy. Without it values in the order of their first row
 * @throws FrostglassError `input` for a text that is no leaf, naming it and its row
 */
export function codeColumn(
  name: string,
  texts: readonly string[],
  leaves?: readonly string[],
): CodedTableColumn {
  const codeOf = new Map<string, number>(leaves?.map((leaf, i) => [leaf, i]))
  if (leaves === undefined) for (const text of texts) if (!codeOf.has(text)) codeOf.set(text, codeOf.size)
  const codes = roomForCodes(texts.length, codeOf.size)
  texts.forEach((text, i) => {
    const code = codeOf.get(text)
    if (code === undefined) throw notInHierarchy(name, text, i + 1)
    codes[i] = code
  })
  return { name, values: leaves ?? [...codeOf.keys()], codes }
}

/** @param row the first of the table that has it, from 1 */
export function notInHierarchy(name: string, text: string, row: number): FrostglassError {
  return new FrostglassError(
    'input',
    `row ${row}, column ${name}: ${JSON.stringify(text)} is missing from the column's hierarchy`,
    'Add a line for it to the hierarchy: a value that cannot be generalised cannot be hidden.',
  )
}

/** Columns of one table. @throws RangeError for columns of several lengths, or none */
export function codedTableOf(columns: readonly CodedTableColumn[]): CodedTable {
  const rows = columns[0]?.codes.length
  if (rows === undefined || columns.some(({ codes }) => codes.length !== rows))
    throw new RangeError('expected columns of one length')
  return { rows, columns }
}
