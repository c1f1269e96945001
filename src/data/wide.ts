// Tables of many columns, as one long column of cells: what DuckDB does for thousands of columns at once, it does slowly.
// Source: DuckDB's UNPIVOT. 5,000 columns x 50 rows: a profile by columns needs more than 512 MB, by cells 0.4 s of CPU.
// It does not promise speed for long tables: with few columns, columns are several times as fast as cells.

import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { throwIfAborted } from '../errors.ts'
import { cleanSql } from './cleanSql.ts'
import { allowedTexts, bucketText } from './diagnose.ts'
import { ask } from './duckdb.ts'
import { type Plan, type PlannedColumn, used } from './planned.ts'
import type { ColumnSchema, LabelSchema } from './schema.ts'

/** Tables with more columns than this are read by cells. */
export const manyColumns = 256

/** Columns that are read alike. */
type Group = {
  /** Their places among the columns in use. */
  readonly places: readonly number[]
  /** One of them. */
  readonly first: PlannedColumn
  readonly isNumber: boolean
  /** FROM clauses: their cells as v0, NULL when missing, row by row and in this order; and with their columns as k0. */
  readonly cells: string
  readonly named: string
}

/** The columns in use by how they are read. */
function groupsOf(plan: Plan, texts = false): Group[] {
  const columns = used(plan)
  const alike = new Map<string, number[]>()
  const typeOf = ({ index }: PlannedColumn) =>
    plan.source.format === 'parquet' ? plan.source.types[index]! : 'VARCHAR'
  columns.forEach((column, j) => {
    const { readAs, time, stamps, loose, whole } = column
    // Texts of different types are texts before they meet: one column of cells has one type.
    const kind = [readAs, time, stamps?.join('|'), loose, whole, typeOf(column)].join()
    const places = alike.get(kind)
    if (places) places.push(j)
    else alike.set(kind, [j])
  })
  return [...alike.values()].map((places) => {
    const first = columns[places[0]!]!
    const names = places.map((j) => `c${columns[j]!.index}`).join(', ')
    const from = `(SELECT ${names} FROM ${plan.source.relation()}) UNPIVOT INCLUDE NULLS (c0 FOR c1 IN (${names}))`
    const narrow = (selected: string, carried: Plan['carried']): string =>
      cleanSql(
        {
          ...plan,
          source: {
            ...plan.source,
            format: 'parquet',
            names: ['c0', 'c1'],
            types: [typeOf(first), 'VARCHAR'],
            relation: () => `(SELECT ${selected} FROM ${from})`,
          },
          columns: [{ ...first, index: 0, name: 'cell' }],
          labels: [],
          carried,
        },
        { drop: false, texts },
      )
    return {
      places,
      first,
      isNumber: first.readAs === 'number',
      cells: narrow('c0', []),
      named: narrow('c0, c1', [{ index: 1, name: 'column', readAs: 'text' }]),
    }
  })
}

/**
 * An answer for every column in use.
 * @param facts SQL of aggregates of a cell v0 of such a column; undefined where nothing is asked
 * @param options.texts numbers have their texts beside them, as w0
 * @param options.most look at so many rows only
 * @returns rows of the table, and what the aggregates give, column by column
 */
export async function factsByCells(
  connection: DuckDBConnection,
  plan: Plan,
  facts: (column: PlannedColumn) => string | undefined,
  { texts = false, most }: { readonly texts?: boolean | undefined; readonly most?: number | undefined } = {},
): Promise<{ readonly rows: number; readonly facts: readonly unknown[][] }> {
  const columns = used(plan)
  const placeOf = new Map(columns.map(({ index }, j) => [`c${index}`, j]))
  const found: unknown[][] = columns.map(() => [])
  let rows = 0
  for (const { places, first, named } of groupsOf(plan, texts)) {
    const wanted = facts(first)
    if (wanted === undefined) continue
    const cells = most === undefined ? named : `(FROM ${named} LIMIT ${most * places.length})`
    const answers = await ask(connection, `SELECT k0, count(*)::DOUBLE, ${wanted} FROM ${cells} GROUP BY k0`)
    for (const [column, count, ...rest] of answers) {
      found[placeOf.get(column as string)!] = rest
      rows = count as number
    }
  }
  return { rows, facts: found }
}

type ColumnArray = Float64Array | Int32Array

/** What cells become: numbers, NaN when missing and not filled, or codes, -1 when unknown. */
type Taker = (cell: number | string | null, row: number) => void

/**
 * The rows of a wide table in blocks of `size`: arrays of the columns in use, `rows` of each filled. The arrays are
 * the same for every block.
 * @param fills whether a column's `fill` stands for what is missing
 */
export async function* blocksByCells(
  connections: () => Promise<DuckDBConnection>,
  plan: Plan,
  schemas: readonly (ColumnSchema | LabelSchema)[],
  {
    size,
    fills,
    signal,
  }: { readonly size: number; readonly fills: boolean; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<{ readonly arrays: readonly ColumnArray[]; readonly rows: number }> {
  const arrays = schemas.map(
    (column): ColumnArray =>
      allowedTexts(column) === undefined ? new Float64Array(size) : new Int32Array(size),
  )
  const takers = schemas.map((column, j) => taker(column, arrays[j]!, fills))
  const readers = await Promise.all(
    groupsOf(plan).map(async (group) => cellReader(await connections(), group, takers)),
  )
  for (;;) {
    throwIfAborted(signal)
    const counts = []
    for (const read of readers) counts.push(await read(size))
    const rows = counts[0]!
    if (counts.some((count) => count !== rows))
      throw new Error('columns of one table have other numbers of cells')
    if (rows > 0) yield { arrays, rows }
    if (rows < size) return
  }
}

function taker(column: ColumnSchema | LabelSchema, into: ColumnArray, fills: boolean): Taker {
  const fill = fills && 'kind' in column ? column.fill : undefined
  const texts = allowedTexts(column)
  if (texts === undefined) {
    const missing = typeof fill === 'number' ? fill : Number.NaN
    return (cell, row) => {
      into[row] = cell === null || Number.isNaN(cell) ? missing : (cell as number)
    }
  }
  const codes = new Map(texts.map((text, code) => [text, code]))
  const bucket = bucketText(column)
  const other = bucket === undefined ? -1 : codes.get(bucket)!
  return (cell, row) => {
    const text = cell ?? fill
    into[row] = text === undefined ? -1 : (codes.get(String(text)) ?? other)
  }
}

/** Reads so many rows of a group at a time; answers how many there were. */
async function cellReader(
  connection: DuckDBConnection,
  { places, isNumber, cells }: Group,
  takers: readonly Taker[],
): Promise<(rows: number) => Promise<number>> {
  const chosen = places.map((j) => takers[j]!)
  const result = await connection.stream(
    `SELECT ${isNumber ? `coalesce(v0, 'NaN'::DOUBLE)` : 'v0'} FROM ${cells}`,
  )
  let values: ArrayLike<unknown> = []
  let at = 0
  let ended = false
  return async (rows) => {
    for (let row = 0; row < rows; row++) {
      for (const take of chosen) {
        if (at === values.length && !ended) {
          const chunk = await result.fetchChunk()
          ended = chunk === null || chunk.rowCount === 0
          values = ended ? [] : isNumber ? doublesOf(chunk!) : chunk!.getColumnValues(0)
          at = 0
        }
        if (ended) return row
        take(values[at++] as number | string | null, row)
      }
    }
    return rows
  }
}

/** See `itemsOf` in table.ts. */
function doublesOf(chunk: DuckDBDataChunk): Float64Array {
  return (chunk.getColumnVector(0) as unknown as { items: Float64Array }).items
}
