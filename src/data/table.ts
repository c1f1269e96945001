// Opens a table file, learns its schema or holds it to a known one, and streams its rows as typed columns.
// Source: docs/architecture.md#tables; DuckDB reads, casts, fills and encodes, JavaScript only copies vectors.
// It does not promise to see a file that changes while it is being read.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../errors.ts'
import { type ChunkOptions, readChunks, readWide, type TableChunk } from './chunks.ts'
import { cleanSql } from './cleanSql.ts'
import { allowedTexts, bucketText, diagnose, type Missing } from './diagnose.ts'
import { droppedRows } from './dropped.ts'
import { ask, doubleLiteral, literal, openDatabase } from './duckdb.ts'
import { requireFills, withFills } from './fills.ts'
import type { TextWriting } from './form.ts'
import { locate } from './locate.ts'
import { type LabelTask, listed, type PlanOptions, planFile, planSchema, taskOfLabel } from './plan.ts'
import { type Plan, type PlannedColumn, used } from './planned.ts'
import { type CategoricalProfile, type Profile, profile } from './profile.ts'
import { bucketWarnings, unknownTexts } from './rare.ts'
import {
  type CategoricalColumn,
  type ColumnSchema,
  type LabelSchema,
  labelled,
  labelsOf,
  maximumIntegerClasses,
  type NumericColumn,
  type TableSchema,
} from './schema.ts'
import { nullTextOf, openLocated, type Source, type SourceOptions } from './source.ts'
import { standardInput } from './standardInput.ts'
import { readingError } from './trouble.ts'
import { manyColumns } from './wide.ts'

/** How to read a table. */
export type OpenOptions = SourceOptions &
  PlanOptions & {
    /**
     * What to do with missing cells (NULL, NaN and `nullText`): refuse them, which names the first (default),
     * fill features with the column's mean or median (text: the most frequent one), or drop their rows.
     * With `schema` that gives the values, and it must have been made with the same policy: what one row becomes never
     * depends on the other rows of a file. Infinite numbers are refused always.
     */
    readonly missing?: Missing | undefined
    /** A label may be missing, which is else refused whatever `missing` says: for a look, which reads no rows. */
    readonly labelsMayMiss?: boolean | undefined
    /** Hold the file to this schema, columns by name; `label`, `task` and `columns` must then be left out. */
    readonly schema?: TableSchema | undefined
    /** With `schema`: whether its labels must be in the file. Default true. */
    readonly requireLabel?: boolean | undefined
    /** Whether chunks tell the number of each row in the file: with `drop`, which rows are left. Default false. */
    readonly numbered?: boolean | undefined
  }

/** What is said of a file, and of its missing cells, whatever it is read for. */
export type TableReading = Omit<SourceOptions, 'signal'> & Pick<OpenOptions, 'missing'>

/** An open table file. */
export type TableSource = {
  readonly path: string
  readonly schema: TableSchema
  /** The files that the rows come from; none where they come from standard input. */
  readonly files: readonly string[]
  /** How a CSV is written as a whole, where it is written unlike most. */
  readonly writing: TextWriting
  /** Columns of the file that are left aside. */
  readonly ignored: readonly string[]
  /** Names of the columns that are carried, as chunks have them. */
  readonly carried: readonly string[]
  /** Undefined where counting would need a reading of its own (text files opened with a schema, `drop`). */
  readonly rows: number | undefined
  /** What the caller should know and need not act on: ignored columns, and numbers that were taken for texts. */
  readonly warnings: readonly string[]
  /** Whether the chunks have the labels of the schema. */
  readonly labelled: boolean
  /** Statistics of every column (features, then the labels), before missing values are filled; medians if asked. */
  summary(options?: { readonly median?: boolean | undefined }): Promise<Profile>
  /**
   * What to say of cells that go into the buckets of some columns, by their places in the schema: how many, and examples.
   * It reads the file once more.
   */
  unknownTexts(columns: readonly number[]): Promise<readonly string[]>
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
 * Opens a file (.csv, .tsv, .data, .test, .json, .jsonl, .ndjson, each also .gz, or .parquet), a folder of Parquet
 * files or a pattern of their names, or `-`, standard input.
 * Without a schema this reads the file (two passes) to learn one; with a schema it reads the beginning only.
 * @throws FrostglassError `input` for a file that is not the table expected, `usage` for options that do not fit.
 */
export async function openTable(given: string, options: OpenOptions = {}): Promise<TableSource> {
  const { missing = 'error' } = options
  if (options.schema && (options.label !== undefined || options.task || options.columns))
    throw new FrostglassError(
      'usage',
      'a schema says what the columns and the label are: leave out the other options',
    )
  const located = await locate(given, options)
  const { path } = located
  const database = await openDatabase(512)
  const close = () => {
    database.close()
    located.remove()
  }
  try {
    const connection = await database.connect()
    const source = await openLocated(connection, located, options)
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
      known ??= profileOrDiagnose(connection, plan, missing, hasMedian, options)
      return known
    }
    const warnings = [...located.remarks, ...(source.remarks ?? []), ...plan.remarks]
    if (options.schema && (missing === 'mean' || missing === 'median'))
      warnings.push(...requireFills(options.schema, missing, path))
    if (options.schema && plan.ignored.length > 0)
      warnings.push(`${path}: columns ignored: ${listed(plan.ignored)}`)
    const schema = options.schema ?? learnSchema(plan, await summary(), options, missing)
    for (const [j, column] of schemaOf(schema, plan).entries()) {
      const texts = allowedTexts(column)
      if (texts !== undefined)
        await connection.run(`CREATE TYPE e${j} AS ENUM (${texts.map(literal).join(', ')})`)
    }
    if (!options.schema && options.rare !== undefined)
      warnings.push(...bucketWarnings(path, bucketsOf(await summary()), typeof options.rare === 'number'))
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
      files: given === standardInput ? [] : (located.parts ?? [path]),
      writing: writingOf(source, located.delimiter),
      ignored: plan.ignored,
      carried: plan.carried.map(({ name }) => name),
      rows,
      labelled: plan.labels.length > 0,
      warnings,
      summary,
      unknownTexts: (columns) =>
        unknownTexts(connection, plan, columns, (j) => bucketText(schema.columns[j]!)!, missing === 'drop'),
      async *chunks(chunking = {}) {
        const stream = await database.connect()
        try {
          if (byCells) {
            yield* readWide(path, database, plan, schemaOf(schema, plan), missing, chunking)
            return
          }
          const shape = { labels: plan.labels.length, carried: plan.carried.length, numbered }
          yield* readChunks(path, stream, sql, schemaOf(schema, plan), shape, chunking)
        } catch (error) {
          if (error instanceof FrostglassError) throw error
          throw await diagnose(stream, plan, missing, schema, error)
        } finally {
          stream.closeSync()
        }
      },
      close,
    }
  } catch (error) {
    const explained = await readingError(error, path, located.copy)
    close()
    throw explained
  }
}

/** @param kind the separator that the kind of file has: a .tsv says it itself */
function writingOf({ delimiter, decimalComma }: Source, kind = ','): TextWriting {
  return {
    delimiter: delimiter === undefined || delimiter === kind ? undefined : delimiter,
    decimalComma: decimalComma || undefined,
  }
}

/** Schemas of the columns in use, in the plan's order. */
function schemaOf(schema: TableSchema, plan: Plan): readonly (ColumnSchema | LabelSchema)[] {
  return plan.labels.length === 0 ? schema.columns : [...schema.columns, ...labelsOf(schema)]
}

/** The profile, or the error of the first cell that spoils it. */
async function profileOrDiagnose(
  connection: DuckDBConnection,
  plan: Plan,
  missing: Missing,
  median: boolean,
  { schema, labelsMayMiss = false }: Pick<OpenOptions, 'schema' | 'labelsMayMiss'>,
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
      (column.missing > 0 && (missing === 'error' || (j >= plan.columns.length && !labelsMayMiss))),
  )
  if (spoilt && schema === undefined)
    throw await diagnose(connection, plan, missing, undefined, new Error('a value is missing or infinite'))
  return found
}

function learnSchema(
  plan: Plan,
  found: Profile,
  said: Pick<PlanOptions, 'task'>,
  missing: Missing,
): TableSchema {
  const columns = plan.columns.map((_, j): ColumnSchema => {
    const column = found.columns[j]!
    if (column.kind === 'categorical' ? column.counts.size === 0 : Number.isNaN(column.min))
      throw new FrostglassError(
        'input',
        `${plan.source.path}, column ${column.name}: every value is missing`,
        'Leave the column out (--ignore).',
      )
    return column.kind === 'categorical'
      ? categoricalOf(column)
      : { name: column.name, kind: 'numeric', integer: column.integer, ...readingOf(plan.columns[j]!) }
  })
  const labels = plan.labels.map((label, i) => learnLabel(plan, found, i, taskOfLabel(said, label.name)))
  const schema = { columns, ...labelled(labels) }
  return missing === 'mean' || missing === 'median' ? withFills(schema, found, missing) : schema
}

/** Its texts in ascending order, the bucket among them, be it empty. */
function categoricalOf({ name, counts, bucket }: CategoricalProfile): CategoricalColumn {
  if (bucket === undefined) return { name, kind: 'categorical', categories: [...counts.keys()] }
  const categories = [...new Set([...counts.keys(), bucket.text])].sort((a, b) => (a < b ? -1 : 1))
  return { name, kind: 'categorical', categories, other: bucket.text }
}

function bucketsOf({ columns }: Profile) {
  return columns.flatMap((column) => {
    if (column.kind === 'numeric' || column.bucket === undefined) return []
    const { name, bucket, counts } = column
    return [{ name, bucket, kept: counts.size - (bucket.cells > 0 ? 1 : 0) }]
  })
}

/** What a file must be told again to read a column as it was read. */
function readingOf({ time, loose }: PlannedColumn): Pick<NumericColumn, 'time' | 'loose'> {
  return { time, loose }
}

/** @param which of the labels */
function learnLabel(plan: Plan, found: Profile, which: number, task: LabelTask | undefined): LabelSchema {
  const column = found.columns[plan.columns.length + which]!
  const label = plan.labels[which]!
  const { name } = label
  if (column.missing === found.rows)
    throw new FrostglassError(
      'input',
      `${plan.source.path}, column ${name}: every label is missing`,
      'Name another label, or complete it.',
    )
  const position = used(plan).filter(({ index }) => index < label.index).length
  if (column.kind === 'categorical')
    return { name, task: 'class', classes: [...column.counts.keys()], integer: false, position }
  const few = column.counts !== undefined && column.counts.size <= maximumIntegerClasses
  const isClass = task === undefined ? few && column.counts.size * 2 <= found.rows : task === 'class'
  const loose = label.loose === undefined ? {} : { loose: true }
  if (!isClass) return { name, task: 'number', integer: column.integer, position, ...loose }
  if (column.counts === undefined)
    throw new FrostglassError(
      'input',
      `${plan.source.path}, column ${name}: expected classes, found numbers`,
      `Declare the column categorical to use its texts: classes are text or at most ${2 * maximumIntegerClasses} whole numbers.`,
    )
  return { name, task: 'class', classes: [...column.counts.keys()], integer: true, position, ...loose }
}

/** SQL whose columns are DOUBLE (NaN when unusable) or INTEGER codes (-1 when unusable), features then labels. */
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
    const known = `enum_code(TRY_CAST(${text} AS e${j}))::INTEGER`
    const other = bucketText(column)
    if (other === undefined) return `coalesce(${known}, -1)`
    const place = allowedTexts(column)!.indexOf(other)
    return `coalesce(${known}, CASE WHEN ${text} IS NULL THEN -1 ELSE ${place} END)`
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
