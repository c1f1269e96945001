// Opens a table file, learns its schema or holds it to a known one, and streams its rows as typed columns.
// Source: issue section 3; DuckDB reads, casts, fills and encodes, JavaScript only copies vectors.
// It does not promise to see a file that changes while it is being read.

import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { FrostglassError, throwIfAborted } from '../errors.ts'
import { allowedTexts, diagnose, type Missing } from './diagnose.ts'
import { droppedRows } from './dropped.ts'
import { ask, type Database, doubleLiteral, literal, openDatabase } from './duckdb.ts'
import { requireFills, withFills } from './fills.ts'
import {
  cleanSql,
  listed,
  type Plan,
  type PlannedColumn,
  type PlanOptions,
  planFile,
  planSchema,
  used,
} from './plan.ts'
import { type Profile, profile } from './profile.ts'
import {
  type ColumnSchema,
  type LabelSchema,
  maximumIntegerClasses,
  type NumericColumn,
  type TableSchema,
} from './schema.ts'
import { nullTextOf, openSource, type SourceOptions } from './source.ts'
import { readingError } from './trouble.ts'
import { blocksByCells, manyColumns } from './wide.ts'

/** How to read a table. */
export type OpenOptions = SourceOptions &
  PlanOptions & {
    /**
     * What to do with missing cells (NULL, NaN and `nullText`): refuse them, which names the first (default),
     * fill features with the column's mean or median (text: the most frequent one), or drop their rows.
     * With `schema` that gives the values, and it must have been made with the same policy: what one row becomes never
     * depends on the other rows of a file. Infinite numbers are refused always.
     */
    readonly missing?: Missing
    /** Hold the file to this schema, columns by name; `label`, `task` and `columns` must then be left out. */
    readonly schema?: TableSchema
    /** With `schema`: whether its label must be in the file. Default true. */
    readonly requireLabel?: boolean
    /** Whether chunks tell the number of each row in the file: with `drop`, which rows are left. Default false. */
    readonly numbered?: boolean
  }

/** Some consecutive rows, column by column. */
export type TableChunk = {
  /** How many rows came before. */
  readonly offset: number
  readonly rows: number
  /** In the schema's order, each of length `rows`: numbers, or codes into the categories. */
  readonly columns: readonly (Float64Array | Int32Array)[]
  /** Codes into the classes, or numbers; undefined when the table has no label. */
  readonly label?: Float64Array | Int32Array
  /** Texts of the columns that are carried, in the order of `carry`. */
  readonly carried: readonly (readonly string[])[]
  /** With `numbered`: the number of each row in the file, from 1. */
  readonly numbers?: Float64Array
}

/** How `chunks` gives rows; see there. */
export type ChunkOptions = {
  readonly size?: number
  readonly reuse?: boolean
  readonly signal?: AbortSignal
}

/** An open table file. */
export type TableSource = {
  readonly path: string
  readonly schema: TableSchema
  /** Columns of the file that are left aside. */
  readonly ignored: readonly string[]
  /** Names of the columns that are carried, as chunks have them. */
  readonly carried: readonly string[]
  /** Undefined where counting would need a reading of its own (text files opened with a schema, `drop`). */
  readonly rows: number | undefined
  /** What the caller should know and need not act on: ignored columns, and numbers that were taken for texts. */
  readonly warnings: readonly string[]
  /** Whether the chunks have a label. */
  readonly labelled: boolean
  /** Statistics of every column (features, then the label), before missing values are filled; medians if asked. */
  summary(options?: { readonly median?: boolean }): Promise<Profile>
  /**
   * The rows from the first, in the file's order, in chunks of `size` (default 16384, fewer for wide tables), the last
   * one shorter.
   * The arrays are the reader's to keep, or, with `reuse`, the source's and valid until the next chunk is asked for,
   * which saves fetching new memory for every chunk. May be called again.
   * @throws FrostglassError `input` naming row and column of a cell that cannot be used, `aborted`.
   */
  chunks(options?: ChunkOptions): AsyncGenerator<TableChunk>
  /** Frees the database behind it. */
  close(): void
}

/**
 * Opens `path` (.csv, .tsv, .data, .test, .json, .jsonl, .ndjson, each also .gz, or .parquet).
 * Without a schema this reads the file (two passes) to learn one; with a schema it reads the beginning only.
 * @throws FrostglassError `input` for a file that is not the table expected, `usage` for options that do not fit.
 */
export async function openTable(path: string, options: OpenOptions = {}): Promise<TableSource> {
  const { missing = 'error' } = options
  if (options.schema && (options.label !== undefined || options.task || options.columns))
    throw new FrostglassError(
      'usage',
      'a schema says what the columns and the label are: leave out the other options',
    )
  const database = await openDatabase(512)
  try {
    const connection = await database.connect()
    const source = await openSource(connection, path, options)
    // Each thread holds its own vectors of all columns: of 5,000 two do not fit.
    if (source.names.length > manyColumns) await connection.run('SET threads = 1')
    const nullText = nullTextOf(source, options.nullText)
    const plan = options.schema
      ? planSchema(source, nullText, options.schema, options.requireLabel ?? true, options.carry)
      : await planFile(connection, source, nullText, options)
    let known: Promise<Profile> | undefined
    let hasMedian = missing === 'median'
    const summary = ({ median = false } = {}) => {
      if (median && !hasMedian) {
        hasMedian = true
        known = undefined
      }
      known ??= profileOrDiagnose(connection, plan, missing, hasMedian, options.schema)
      return known
    }
    const warnings = [...plan.remarks]
    if (options.schema && (missing === 'mean' || missing === 'median'))
      warnings.push(...requireFills(options.schema, missing, path))
    if (options.schema && plan.ignored.length > 0)
      warnings.push(`${path}: columns ignored: ${listed(plan.ignored)}`)
    const schema = options.schema ?? learnSchema(plan, await summary(), options.task, missing)
    for (const [j, column] of schemaOf(schema, plan).entries()) {
      const texts = allowedTexts(column)
      if (texts !== undefined)
        await connection.run(`CREATE TYPE e${j} AS ENUM (${texts.map(literal).join(', ')})`)
    }
    const { numbered = false } = options
    if (missing === 'drop') warnings.push(...(await droppedRows(connection, plan, schema)))
    const byCells =
      used(plan).length > manyColumns && missing !== 'drop' && !numbered && plan.carried.length === 0
    const sql = byCells ? '' : selectSql(plan, schema, missing, numbered)
    const rows =
      options.schema === undefined ? (await summary()).rows : await cheapCount(connection, plan, missing)
    return {
      path,
      schema,
      ignored: plan.ignored,
      carried: plan.carried.map(({ name }) => name),
      rows,
      labelled: plan.label !== undefined,
      warnings,
      summary,
      async *chunks(chunking = {}) {
        const stream = await database.connect()
        try {
          if (byCells) {
            yield* readWide(path, database, plan, schemaOf(schema, plan), missing, chunking)
            return
          }
          const shape = { labelled: plan.label !== undefined, carried: plan.carried.length, numbered }
          yield* readChunks(path, stream, sql, schemaOf(schema, plan), shape, chunking)
        } catch (error) {
          if (error instanceof FrostglassError) throw error
          throw await diagnose(stream, plan, missing, schema, error)
        } finally {
          stream.closeSync()
        }
      },
      close: () => database.close(),
    }
  } catch (error) {
    database.close()
    throw await readingError(error, path)
  }
}

/** Schemas of the columns in use, in the plan's order. */
function schemaOf(schema: TableSchema, plan: Plan): readonly (ColumnSchema | LabelSchema)[] {
  return plan.label === undefined ? schema.columns : [...schema.columns, schema.label!]
}

/** The profile, or the error of the first cell that spoils it. */
async function profileOrDiagnose(
  connection: DuckDBConnection,
  plan: Plan,
  missing: Missing,
  median: boolean,
  schema: TableSchema | undefined,
): Promise<Profile> {
  let found: Profile
  try {
    found = await profile(connection, plan, {
      drop: missing === 'drop',
      median,
      forms: schema === undefined,
    })
  } catch (error) {
    if (error instanceof FrostglassError) throw error
    throw await diagnose(connection, plan, missing, undefined, error)
  }
  const spoilt = found.columns.some(
    (column, j) =>
      (column.kind === 'numeric' && column.infinite > 0) ||
      (column.missing > 0 && (missing === 'error' || j === plan.columns.length)),
  )
  if (spoilt && schema === undefined)
    throw await diagnose(connection, plan, missing, undefined, new Error('a value is missing or infinite'))
  return found
}

function learnSchema(
  plan: Plan,
  found: Profile,
  task: 'class' | 'number' | undefined,
  missing: Missing,
): TableSchema {
  const columns = plan.columns.map((_, j): ColumnSchema => {
    const column = found.columns[j]!
    if (column.kind === 'categorical' ? column.counts.size === 0 : Number.isNaN(column.min))
      throw new FrostglassError(
        'input',
        `${plan.source.path}, column ${column.name}: every value is missing`,
        {
          hint: 'leave the column out (--ignore)',
        },
      )
    return column.kind === 'categorical'
      ? { name: column.name, kind: 'categorical', categories: [...column.counts.keys()] }
      : { name: column.name, kind: 'numeric', integer: column.integer, ...readingOf(plan.columns[j]!) }
  })
  const schema = plan.label === undefined ? { columns } : { columns, label: learnLabel(plan, found, task) }
  return missing === 'mean' || missing === 'median' ? withFills(schema, found, missing) : schema
}

/** What a file must be told again to read a column as it was read. */
function readingOf({ time, loose }: PlannedColumn): Pick<NumericColumn, 'time' | 'loose'> {
  return { ...(time === undefined ? {} : { time }), ...(loose === undefined ? {} : { loose }) }
}

function learnLabel(plan: Plan, found: Profile, task: 'class' | 'number' | undefined): LabelSchema {
  const column = found.columns[plan.columns.length]!
  const { name, index } = plan.label!
  const position = plan.columns.filter((other) => other.index < index).length
  if (column.kind === 'categorical')
    return { name, task: 'class', classes: [...column.counts.keys()], integer: false, position }
  const few = column.counts !== undefined && column.counts.size <= maximumIntegerClasses
  const isClass = task === undefined ? few && column.counts.size * 2 <= found.rows : task === 'class'
  const loose = plan.label!.loose === undefined ? {} : { loose: true }
  if (!isClass) return { name, task: 'number', integer: column.integer, position, ...loose }
  if (column.counts === undefined)
    throw new FrostglassError(
      'input',
      `${plan.source.path}, column ${name}: expected classes, found numbers`,
      {
        hint: `classes are text or at most ${2 * maximumIntegerClasses} whole numbers; declare the column categorical to use its texts`,
      },
    )
  return { name, task: 'class', classes: [...column.counts.keys()], integer: true, position, ...loose }
}

/** SQL whose columns are DOUBLE (NaN when unusable) or INTEGER codes (-1 when unusable), features then label. */
function selectSql(plan: Plan, schema: TableSchema, missing: Missing, numbered: boolean): string {
  const fills = missing === 'mean' || missing === 'median'
  const columns = used(plan)
  const cells = schemaOf(schema, plan).map((column, j) => {
    const isNumber = columns[j]!.readAs === 'number'
    const fill = 'kind' in column && fills ? column.fill : undefined
    if (allowedTexts(column) === undefined)
      return `coalesce(v${j}, ${typeof fill === 'number' ? doubleLiteral(fill) : `'NaN'::DOUBLE`})`
    const whole = `CASE WHEN v${j} = trunc(v${j}) THEN CAST(TRY_CAST(v${j} AS BIGINT) AS VARCHAR) END`
    const text = isNumber ? whole : typeof fill === 'string' ? `coalesce(v${j}, ${literal(fill)})` : `v${j}`
    return `coalesce(enum_code(TRY_CAST(${text} AS e${j}))::INTEGER, -1)`
  })
  const more = plan.carried.map((_, j) => `k${j}`)
  const clean = cleanSql(plan, { drop: missing === 'drop', nan: missing === 'error', numbered })
  return `SELECT ${[...cells, ...(numbered ? ['r'] : []), ...more].join(', ')} FROM ${clean}`
}

/** Parquet counts its rows itself; other files would have to be read. */
async function cheapCount(
  connection: DuckDBConnection,
  plan: Plan,
  missing: Missing,
): Promise<number | undefined> {
  if (plan.source.format !== 'parquet' || missing === 'drop') return undefined
  const [row] = await ask(connection, `SELECT count(*)::DOUBLE FROM ${plan.source.relation()}`)
  return row![0] as number
}

type ColumnArray = Float64Array | Int32Array

/** A wide table, by cells. Every chunk has arrays of its own, unless `reuse`. */
async function* readWide(
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
    const label = plan.label === undefined ? undefined : columns.pop()
    yield { offset, rows, columns, carried: [], ...(label === undefined ? {} : { label }) }
    offset += rows
  }
  if (offset === 0)
    throw new FrostglassError('input', `${path} has no rows`, { hint: 'give one row or more' })
}

/** Rows of a chunk if the reader does not say. */
const defaultSize = (columns: number): number => Math.min(16_384, Math.ceil(2 ** 22 / columns))

/** What chunks hold besides the features. */
type Shape = { readonly labelled: boolean; readonly carried: number; readonly numbered: boolean }

async function* readChunks(
  path: string,
  connection: DuckDBConnection,
  sql: string,
  schemas: readonly (ColumnSchema | LabelSchema)[],
  { labelled, carried, numbered }: Shape,
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
    const label = labelled ? columns.pop() : undefined
    const chunk = {
      offset,
      rows: filled,
      columns,
      carried: texts,
      ...(label === undefined ? {} : { label }),
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
        copyTexts(vectors, from, count, arrays.length, texts)
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
    if (offset === 0)
      throw new FrostglassError('input', `${path} has no rows`, { hint: 'give one row or more' })
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
  vectors: DuckDBDataChunk,
  from: number,
  count: number,
  first: number,
  texts: readonly string[][],
): void {
  texts.forEach((into, j) => {
    const vector = vectors.getColumnVector(first + j)
    for (let i = from; i < from + count; i++) into.push(vector.getItem(i) as string)
  })
}

/**
 * The vectors of DOUBLE and INTEGER columns hold a typed array that the declarations call private; reading through
 * getItem() instead makes an object of every cell and is 20 times slower.
 */
function itemsOf(vectors: DuckDBDataChunk, j: number): ColumnArray {
  return (vectors.getColumnVector(j) as unknown as { items: ColumnArray }).items
}

/**
 * Ends the views of DuckDB's memory at once. The collector counts their bytes and marks the whole heap every few dozen
 * chunks to be rid of them: 3 of 11 s of CPU for 10 million rows x 10 doubles. What it does not count is the memory
 * behind the chunks' handles, which is freed with them: some garbage for each chunk makes it sweep the young ones in
 * time (0.48 GB at the peak instead of 0.75, and none slower).
 */
function letGo(vectors: DuckDBDataChunk, width: number): unknown {
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
