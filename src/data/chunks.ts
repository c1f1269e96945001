// A table's rows as typed columns, chunk by chunk: from a query that streams, or, of a wide table, by cells.
// Source: docs/architecture.md#tables; DuckDB's vectors hold typed arrays, which JavaScript only copies.
// A chunk with a cell that cannot be used ends the reading; which cell it is, diagnose.ts finds out.

import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { FrostglassError, throwIfAborted } from '../errors.ts'
import { allowedTexts, type Missing } from './diagnose.ts'
import type { Database } from './duckdb.ts'
import type { Plan } from './planned.ts'
import type { ColumnSchema, LabelSchema } from './schema.ts'
import { blocksByCells } from './wide.ts'

/** Some consecutive rows, column by column. */
export type TableChunk = {
  /** How many rows came before. */
  readonly offset: number
  readonly rows: number
  /** In the schema's order, each of length `rows`: numbers, or codes into the categories. */
  readonly columns: readonly (Float64Array | Int32Array)[]
  /** Codes into the classes, or numbers; undefined when the table has no label. */
  readonly label?: Float64Array | Int32Array | undefined
  /** The same of the labels beside the first; undefined where there is none. */
  readonly moreLabels?: readonly (Float64Array | Int32Array)[] | undefined
  /** Texts of the columns that are carried, in the order of `carry`. */
  readonly carried: readonly (readonly string[])[]
  /** With `numbered`: the number of each row in the file, from 1. */
  readonly numbers?: Float64Array | undefined
}

/** How `chunks` gives rows; see there. */
export type ChunkOptions = {
  readonly size?: number | undefined
  readonly reuse?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

type ColumnArray = Float64Array | Int32Array

/** A wide table, by cells. Every chunk has arrays of its own, unless `reuse`. */
export async function* readWide(
  path: string,
  database: Database,
  plan: Plan,
  schemas: readonly (ColumnSchema | LabelSchema)[],
  missing: Missing,
  { size = defaultSize(schemas.length), reuse = false, signal }: ChunkOptions,
): AsyncGenerator<TableChunk> {
  const fills = missing === 'mean' || missing === 'median'
  let offset = 0
  for await (const { arrays, rows } of blocksByCells(database.connect, plan, schemas, {
    size,
    fills,
    signal,
  })) {
    const columns = arrays.map((array) => (reuse ? array.subarray(0, rows) : array.slice(0, rows)))
    for (const column of columns) if (!isUsable(column)) throw new Error('a cell cannot be used')
    const labels = columns.splice(plan.columns.length)
    yield { offset, rows, columns, carried: [], ...labelArrays(labels) }
    offset += rows
  }
  if (offset === 0) throw new FrostglassError('input', `${path} has no rows`, 'Give one row or more.')
}

/** Rows of a chunk if the reader does not say. */
const defaultSize = (columns: number): number => Math.min(16_384, Math.ceil(2 ** 22 / columns))

/** What chunks hold besides the features. */
type Shape = { readonly labels: number; readonly carried: number; readonly numbered: boolean }

const labelArrays = ([label, ...more]: readonly ColumnArray[]): Pick<TableChunk, 'label' | 'moreLabels'> => ({
  label,
  moreLabels: more.length === 0 ? undefined : more,
})

export async function* readChunks(
  path: string,
  connection: DuckDBConnection,
  sql: string,
  schemas: readonly (ColumnSchema | LabelSchema)[],
  { labels, carried, numbered }: Shape,
  { size = defaultSize(schemas.length), reuse = false, signal }: ChunkOptions,
): AsyncGenerator<TableChunk> {
  const allocate = (): ColumnArray[] => [
    ...schemas.map((column) =>
      allowedTexts(column) === undefined ? new Float64Array(size) : new Int32Array(size),
    ),
    ...(numbered ? [new Float64Array(size)] : []),
  ]
  let texts = Array.from({ length: carried }, (): string[] => [])
  const result = await connection.stream(sql)
  let arrays = allocate()
  let filled = 0
  let offset = 0
  const finish = (): TableChunk => {
    const columns = arrays.map((array) => (filled === size ? array : array.subarray(0, filled)))
    for (const column of columns) if (!isUsable(column)) throw new Error('a cell cannot be used')
    const numbers = numbered ? (columns.pop() as Float64Array) : undefined
    const labelColumns = columns.splice(schemas.length - labels)
    const chunk = {
      offset,
      rows: filled,
      columns,
      carried: texts,
      ...labelArrays(labelColumns),
      ...(numbers === undefined ? {} : { numbers }),
    }
    offset += filled
    filled = 0
    texts = texts.map(() => [])
    return chunk
  }
  // DuckDB fills the next vector while this thread copies the last.
  let next = result.fetchChunk()
  try {
    for (;;) {
      const vectors = await next
      throwIfAborted(signal)
      if (vectors === null || vectors.rowCount === 0) break
      next = result.fetchChunk()
      for (let from = 0; from < vectors.rowCount; ) {
        const count = Math.min(vectors.rowCount - from, size - filled)
        copyRows(vectors, from, count, arrays, filled)
        copyTexts(path, vectors, from, count, arrays.length, texts)
        filled += count
        from += count
        if (filled === size) {
          yield finish()
          throwIfAborted(signal)
          if (!reuse) arrays = allocate()
        }
      }
      letGo(vectors, arrays.length)
    }
    if (filled > 0) yield finish()
    if (offset === 0) throw new FrostglassError('input', `${path} has no rows`, 'Give one row or more.')
  } finally {
    await next.catch(() => null)
    connection.interrupt()
  }
}

function copyRows(
  vectors: DuckDBDataChunk,
  from: number,
  count: number,
  arrays: ColumnArray[],
  to: number,
): void {
  for (let j = 0; j < arrays.length; j++) {
    const items = itemsOf(vectors, j)
    arrays[j]!.set(count === items.length ? items : items.subarray(from, from + count), to)
  }
}

/** Texts come as objects, one a cell: slow, and there are few such columns. */
function copyTexts(
  path: string,
  vectors: DuckDBDataChunk,
  from: number,
  count: number,
  first: number,
  texts: readonly string[][],
): void {
  texts.forEach((into, j) => {
    const vector = vectors.getColumnVector(first + j)
    for (let i = from; i < from + count; i++) {
      const text = vector.getItem(i) as string
      if (text.includes('\0'))
        throw new FrostglassError(
          'input',
          `${path}: the text ${JSON.stringify(text.slice(0, 80))}, which would come along, holds a NUL character`,
          'Take such characters out, or carry another column (--id), or none (--no-id).',
        )
      into.push(text)
    }
  })
}

/**
 * The vectors of DOUBLE and INTEGER columns hold a typed array that the declarations call private; reading through
 * getItem() instead makes an object of every cell and is 20 times slower.
 */
export function itemsOf(vectors: DuckDBDataChunk, j: number): ColumnArray {
  return (vectors.getColumnVector(j) as unknown as { items: ColumnArray }).items
}

/**
 * Ends the views of DuckDB's memory at once. The collector counts their bytes and marks the whole heap every few dozen
 * chunks to be rid of them: 3 of 11 s of CPU for 10 million rows x 10 doubles. What it does not count is the memory
 * behind the chunks' handles, which is freed with them: some garbage for each chunk makes it sweep the young ones in
 * time (0.48 GB at the peak instead of 0.75, and none slower).
 */
export function letGo(vectors: DuckDBDataChunk, width: number): unknown {
  for (let j = 0; j < width; j++) {
    const { buffer, byteLength } = itemsOf(vectors, j)
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
  }
  return new Array(4096).fill(0)
}

/**
 * No NaN, infinity or negative code. One multiplication and one addition a cell; in four sums, since each addition
 * waits for the last: 0.1 s for 100 million cells.
 */
function isUsable(column: ColumnArray): boolean {
  const { length } = column
  const fours = length - (length % 4)
  let [a, b, c, d] = [0, 0, 0, 0]
  if (column instanceof Int32Array) for (let i = 0; i < length; i++) a |= column[i]!
  else {
    for (let i = 0; i < fours; i += 4) {
      a += column[i]! * 0
      b += column[i + 1]! * 0
      c += column[i + 2]! * 0
      d += column[i + 3]! * 0
    }
    for (let i = fours; i < length; i++) a += column[i]! * 0
  }
  return a + b + c + d >= 0
}
