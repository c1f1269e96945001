// From a table of codes to the file that is published: the search, and the generalised rows that pass.
// Source: docs/tables.md. Rows that are suppressed are left out, and the rest comes in a random order of the system's generator:
// a row's place in the original would say whose it is. What columns that are neither quasi-identifiers nor sensitive say, stays.

import { createTableWriter, type WriterOptions } from '../../data/index.ts'
import { throwIfAborted } from '../../errors.ts'
import { drawBelow } from '../../random/integers.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { systemRandom } from '../../random/source.ts'
import type { CodedTable, CodedTableColumn, ColumnCodes } from './codedTable.ts'
import { type Asked, type ColumnRoles, poseTable } from './publication/pose.ts'
import { type SearchOptions, type SearchResult, searchLattice } from './search/search.ts'

/** A table that may be published. */
export interface Publication {
  readonly result: SearchResult
  /** Published rows. */
  readonly rows: number
  /** Every column of the table, generalised. */
  readonly columns: readonly CodedTableColumn[]
  /** [rows of the table] 1 for a row that is published. */
  readonly kept: Uint8Array
}

/**
 * Finds what to publish of a table: one node of the lattice for all rows.
 * @param list a public list of people, for models that count them
 * @throws FrostglassError `usage` for a column that is not there or has two roles; `input` for a value that is missing from its
 * hierarchy, people of the table who are on no list, or where no generalisation passes; `aborted`
 */
export async function publishTable(
  table: CodedTable,
  roles: ColumnRoles,
  asked: Asked,
  options: SearchOptions = {},
  list?: CodedTable,
): Promise<Publication> {
  const { problem, quasi, of } = poseTable(table, roles, asked, list)
  const result = await searchLattice(problem, options)
  return {
    result,
    rows: result.rows - result.suppressed,
    columns: table.columns.map((column) => {
      const place = roles.quasi.findIndex(({ name }) => name === column.name)
      if (place < 0) return column
      const { labels, groupOf } = roles.quasi[place]!.hierarchy.levels[result.levels[place]!]!
      return { name: column.name, values: labels, codes: labelCodes(quasi[place]!.codes, groupOf) }
    }),
    kept: keptRows(of, result.kept),
  }
}

function keptRows(of: Uint32Array, kept: Uint8Array): Uint8Array {
  const rows = new Uint8Array(of.length)
  for (let i = 0; i < of.length; i++) rows[i] = kept[of[i]!]!
  return rows
}

/** Labels take no more bytes than leaves. */
function labelCodes(codes: ColumnCodes, groupOf: Uint32Array): ColumnCodes {
  const labels = codes.slice()
  for (let i = 0; i < codes.length; i++) labels[i] = groupOf[codes[i]!]!
  return labels
}

const chunkRows = 1 << 16
const mostCategories = 1 << 16

/** Cells of some rows: codes, or of a column of very many texts the texts. Plain loops: `from` with a function takes ten times as long. */
function cellsOf({ values, codes }: CodedTableColumn, rows: Int32Array): Uint16Array | string[] {
  const isFew = values.length <= mostCategories
  const cells = new Uint16Array(isFew ? rows.length : 0)
  if (isFew) {
    for (let i = 0; i < rows.length; i++) cells[i] = codes[rows[i]!]!
    return cells
  }
  const texts: string[] = []
  for (let i = 0; i < rows.length; i++) texts.push(values[codes[rows[i]!]!]!)
  return texts
}

/**
 * Writes a publication: whole or not at all.
 * @param options.random what the order of rows is drawn from; the system's generator, if absent
 * @returns the rows written
 * @throws FrostglassError as `createTableWriter`
 */
export async function writePublication(
  path: string,
  { columns, kept, rows }: Pick<Publication, 'columns' | 'kept' | 'rows'>,
  options: Omit<WriterOptions, 'order' | 'keyBits'> & {
    readonly random?: { below(count: number): number } | undefined
  } = {},
): Promise<number> {
  const { random = { below: (count) => drawBelow(count, systemRandom) }, ...writing } = options
  const order = upTo(rows)
  for (let i = 0, at = 0; i < kept.length; i++) if (kept[i] === 1) order[at++] = i
  shuffle(order, random)
  const writer = await createTableWriter(
    path,
    columns.map(({ name, values }) =>
      values.length <= mostCategories
        ? { name, type: 'text' as const, categories: values }
        : { name, type: 'any-text' as const },
    ),
    writing,
  )
  try {
    for (let from = 0; from < rows; from += chunkRows) {
      throwIfAborted(options.signal)
      const part = order.subarray(from, Math.min(rows, from + chunkRows))
      await writer.write(columns.map((column) => cellsOf(column, part)))
    }
    return await writer.finish()
  } catch (error) {
    await writer.abort()
    throw error
  }
}
