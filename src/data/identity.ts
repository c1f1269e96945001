// What tells whose row is whose from a file of rows to the file of their answers: a column as it is, or row numbers.
// Source: ours. It is never a feature and never changed.
// It does not hide anything: whoever gets the file reads it.

import { FrostglassError } from '../errors.ts'
import type { TableChunk } from './chunks.ts'
import type { WriterColumn } from './convertStaged.ts'
import type { Missing } from './diagnose.ts'
import type { ColumnValues } from './parquet.ts'

/** The column that row numbers stand in. */
export const rowColumn = 'row'

/** What comes along with the rows of a table, at most one column. */
export type Identity = {
  /** Of the column; undefined where none comes along. */
  readonly name: string | undefined
  /** How to open the table. */
  readonly carry: readonly string[]
  readonly numbered: boolean
  /** The column to write, and its values in a chunk. */
  readonly columns: readonly WriterColumn[]
  values(chunk: TableChunk): readonly ColumnValues[]
}

/**
 * A named column; without one, row numbers where rows are dropped, since answers would not line up with their rows else.
 */
export function identityOf({
  id,
  missing,
}: {
  readonly id?: string | undefined
  readonly missing?: Missing | undefined
}): Identity {
  if (id !== undefined)
    return {
      name: id,
      carry: [id],
      numbered: false,
      columns: [{ name: id, type: 'any-text' }],
      values: (chunk) => [chunk.carried[0]!],
    }
  if (missing === 'drop')
    return {
      name: rowColumn,
      carry: [],
      numbered: true,
      columns: [{ name: rowColumn, type: 'integer' }],
      // A copy: the source may fill its array anew while these rows are still on their way.
      values: (chunk) => [chunk.numbers!.slice()],
    }
  return { name: undefined, carry: [], numbered: false, columns: [], values: () => [] }
}

/**
 * Refuses an id whose name another column of the file has, or will have when answers are decoded.
 * @param names of the other columns
 * @throws FrostglassError `usage`
 */
export function requireFreeName({ name }: Identity, names: readonly (string | undefined)[]): void {
  if (name === undefined) return
  const taken = names.find((other) => other?.trim().toLowerCase() === name.trim().toLowerCase())
  if (taken === undefined) return
  throw new FrostglassError(
    'usage',
    `the id column ${name} has the name of another column, ${taken}`,
    'Rename it in the file.',
  )
}
