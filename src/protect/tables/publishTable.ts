// From a table of codes to the file that is published: the search, and the generalised rows that pass.
// Source: docs/tables.md. Rows that are suppressed are left out, and the rest comes in a random order of the system's generator:
// a row's place in the original would say whose it is. What columns that are neither quasi-identifiers nor sensitive say, stays.

import { createTableWriter, type WriterOptions } from '../../data/index.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { drawBelow } from '../../random/integers.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { systemRandom } from '../../random/source.ts'
import type { CodedColumn, CodedTable, Codes } from './codedTable.ts'
import { distinctRows } from './distinctRows.ts'
import type { Hierarchy } from './hierarchy.ts'
import { recoded } from './recode.ts'
import type { SearchProblem } from './search/problem.ts'
import { type SearchOptions, type SearchResult, searchLattice } from './search/search.ts'

/** What columns are; those that are not named here come along as they are. */
export interface ColumnRoles {
  /** Columns by which somebody could know a person, with their hierarchies. */
  readonly quasi: readonly {
    readonly name: string
    readonly hierarchy: Hierarchy
    readonly weight?: number | undefined
  }[]
  readonly sensitive: readonly { readonly name: string; readonly hierarchy?: Hierarchy | undefined }[]
}

/** What is asked of the published table. */
export type Asked = Pick<SearchProblem, 'models' | 'quality' | 'suppression'>

/** A table that may be published. */
export interface Publication {
  readonly result: SearchResult
  /** Published rows. */
  readonly rows: number
  /** Every column of the table, generalised. */
  readonly columns: readonly CodedColumn[]
  /** [rows of the table] 1 for a row that is published. */
  readonly kept: Uint8Array
}

/**
 * Finds what to publish of a table.
 * @throws FrostglassError `usage` for a column that is not there or has two roles; `input` for a value that is missing from its
 * hierarchy, or where no generalisation passes; `aborted`
 */
export async function publishTable(
  table: CodedTable,
  roles: ColumnRoles,
  asked: Asked,
  options: SearchOptions = {},
): Promise<Publication> {
  const columnOf = (name: string) => {
    const column = table.columns.find((one) => one.name === name)
    if (column) return column
    throw new FrostglassError(
      'usage',
      `there is no column '${name}'`,
      `There are ${table.columns.map((one) => one.name).join(', ')}.`,
    )
  }
  const names = [...roles.quasi, ...roles.sensitive].map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new FrostglassError(
      'usage',
      `column '${twice}' is named twice`,
      'A column is a quasi-identifier or sensitive, once.',
    )
  const quasi = roles.quasi.map(({ name, hierarchy }) => recoded(columnOf(name), hierarchy))
  const sensitive = roles.sensitive.map(({ name, hierarchy }) =>
    hierarchy ? recoded(columnOf(name), hierarchy) : columnOf(name),
  )
  const { distinct, of } = distinctRows(quasi, sensitive)
  const result = await searchLattice(
    {
      distinct,
      hierarchies: roles.quasi.map(({ hierarchy }) => hierarchy),
      sensitive: sensitive.map(({ name, values }, s) => ({
        name,
        values,
        hierarchy: roles.sensitive[s]!.hierarchy,
      })),
      weights: roles.quasi.map(({ weight = 1 }) => weight),
      ...asked,
    },
    options,
  )
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
function labelCodes(codes: Codes, groupOf: Uint32Array): Codes {
  const labels = codes.slice()
  for (let i = 0; i < codes.length; i++) labels[i] = groupOf[codes[i]!]!
  return labels
}

const chunkRows = 1 << 16
const mostCategories = 1 << 16

/** Cells of some rows: codes, or of a column of very many texts the texts. Plain loops: `from` with a function takes ten times as long. */
function cellsOf({ values, codes }: CodedColumn, rows: Int32Array): Uint16Array | string[] {
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
  { columns, kept, rows }: Publication,
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
