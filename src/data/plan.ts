// Which columns of a file are used, as what, and the SQL that turns each into clean values.
// Source: issue section 3; missing values as SQL NULL, so that DuckDB's aggregates leave them out.
// It does not promise that the values exist or are finite: profile.ts and table.ts check that.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../errors.ts'
import { ask, literal } from './duckdb.ts'
import { type ColumnSchema, type LabelSchema, nearestName, type TableSchema } from './schema.ts'
import type { ReadAs, Source } from './source.ts'

/** One column in use. `index` is its place in the file. */
export type PlannedColumn = { readonly index: number; readonly name: string; readonly readAs: ReadAs }

/** The columns in use; `columns` in the order of the schema. */
export type Plan = {
  readonly source: Source
  readonly nullText: readonly string[]
  readonly columns: readonly PlannedColumn[]
  readonly label?: PlannedColumn
  /** Columns that come along as the texts that they are, read as nothing. */
  readonly carried: readonly PlannedColumn[]
  /** Columns of the file that are left aside. */
  readonly ignored: readonly string[]
}

/** What the caller may fix about columns that the file leaves open. */
export type PlanOptions = {
  readonly label?: string
  readonly task?: 'class' | 'number'
  readonly columns?: Readonly<Record<string, 'numeric' | 'categorical' | 'ignore'>>
  /** Columns to take, the label aside: all others are ignored. */
  readonly take?: readonly string[]
  /** Columns to bring along as texts, as they are: never a feature, never changed. A missing cell is an empty text. */
  readonly carry?: Carry
}

/** Columns by name, or those of which a function says so. */
export type Carry = readonly string[] | ((name: string) => boolean)

// How much of a CSV decides whether a column holds numbers; the rest is held to it.
const sampleRows = 20_480

/**
 * Plans a file that nothing is known of: columns of numbers are numeric, all others categorical.
 * @throws FrostglassError `input` when a column is half numbers, half text, or none is left;
 *   `usage` when an option names a column that is not there.
 */
export async function planFile(
  connection: DuckDBConnection,
  source: Source,
  nullText: readonly string[],
  options: PlanOptions,
): Promise<Plan> {
  const overrides = new Map(Object.entries(options.columns ?? {}))
  const { take } = options
  const wanted = [
    ...overrides.keys(),
    ...(take ?? []),
    ...(options.label === undefined ? [] : [options.label]),
  ]
  for (const name of wanted) if (!source.names.includes(name)) throw unknownColumn(source, name, 'usage')
  const carried = carriedColumns(source, options.carry ?? [])
  for (const { name } of carried) {
    const taken = name === options.label || overrides.has(name)
    if (taken)
      throw new FrostglassError('usage', `the column ${name} is carried, and has another part as well`, {
        hint: 'name it once',
      })
    overrides.set(name, 'ignore')
  }
  if (take !== undefined)
    for (const name of source.names)
      if (!take.includes(name) && name !== options.label) overrides.set(name, 'ignore')
  const found = await readings(connection, source, nullText)
  const columns: PlannedColumn[] = []
  const ignored: string[] = []
  let label: PlannedColumn | undefined
  source.names.forEach((name, index) => {
    const kind = overrides.get(name)
    if (kind === 'ignore') {
      if (!carried.some((column) => column.index === index)) ignored.push(name)
      return
    }
    const sampled = found[index]!
    const given = kind ?? (name === options.label && options.task === 'number' ? 'numeric' : undefined)
    if (given === undefined && sampled.mixed !== undefined)
      throw new FrostglassError(
        'input',
        `${source.path}, row ${sampled.mixed.row}, column ${name}: expected a number as in most rows, found "${sampled.mixed.text}"`,
        {
          hint: 'correct the cell, or count its text as missing (--null-text), or take the column as --categorical',
        },
      )
    const readAs = given === undefined ? sampled.readAs : given === 'numeric' ? 'number' : 'text'
    if (readAs === 'number') checkNumberType(source, index)
    if (name === options.label) label = { index, name, readAs }
    else columns.push({ index, name, readAs })
  })
  if (columns.length === 0)
    throw new FrostglassError('input', `${source.path}: no column is left to learn from`, {
      hint: 'a table needs at least one column besides the label',
    })
  return { source, nullText, columns, carried, ignored, ...(label === undefined ? {} : { label }) }
}

/** @throws FrostglassError `usage` for a column that is not there */
function carriedColumns(source: Source, carry: Carry): PlannedColumn[] {
  const names = typeof carry === 'function' ? source.names.filter(carry) : carry
  return names.map((name) => {
    const index = source.names.indexOf(name)
    if (index < 0) throw unknownColumn(source, name, 'usage')
    return { index, name, readAs: 'text' }
  })
}

/**
 * Plans a file that must fit a known schema; columns are found by name, in any order.
 * @throws FrostglassError `input` naming a column that is missing, with the likeliest other name.
 */
export function planSchema(
  source: Source,
  nullText: readonly string[],
  schema: TableSchema,
  requireLabel: boolean,
  carry: Carry = [],
): Plan {
  const find = (name: string, readAs: ReadAs): PlannedColumn => {
    const index = source.names.indexOf(name)
    if (index < 0) throw unknownColumn(source, name, 'input')
    if (readAs === 'number') checkNumberType(source, index)
    return { index, name, readAs }
  }
  const columns = schema.columns.map((column) => find(column.name, readingOf(column)))
  const { label } = schema
  const labelled = label !== undefined && (requireLabel || source.names.includes(label.name))
  const carried = carriedColumns(source, carry)
  const feature = columns.find((column) => carried.some(({ index }) => index === column.index))
  if (feature)
    throw new FrostglassError(
      'usage',
      `${source.path}: the column ${feature.name} cannot be carried as it is: it is one of those that are learned from`,
      { hint: 'make the key or the model without it (--ignore), or carry another column' },
    )
  const used = new Set([...columns, ...carried, ...(labelled ? [label] : [])].map(({ name }) => name))
  return {
    source,
    nullText,
    columns,
    carried,
    ignored: source.names.filter((name) => !used.has(name)),
    ...(labelled ? { label: find(label.name, readingOf(label)) } : {}),
  }
}

function readingOf(column: ColumnSchema | LabelSchema): ReadAs {
  if ('kind' in column) return column.kind === 'numeric' ? 'number' : 'text'
  return column.task === 'number' || column.integer ? 'number' : 'text'
}

function unknownColumn(source: Source, name: string, code: 'input' | 'usage'): FrostglassError {
  const near = nearestName(name, source.names)
  return new FrostglassError(code, `${source.path} has no column ${name}`, {
    hint:
      near === undefined
        ? `its columns are ${listed(source.names)}`
        : `did you mean ${near}? Rename it, or check that this is the right file`,
  })
}

/** At most eight of `names`, for a message. */
export function listed(names: readonly string[]): string {
  return names.length <= 8 ? names.join(', ') : `${names.slice(0, 8).join(', ')} and ${names.length - 8} more`
}

const numberType = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL)/
const nestedType = /^(STRUCT|MAP|UNION|BLOB|BIT|LIST)|\[\d*\]$/

function checkNumberType(source: Source, index: number): void {
  const type = source.types[index]!
  if (source.format === 'parquet' && !numberType.test(type))
    throw new FrostglassError(
      'input',
      `${source.path}, column ${source.names[index]}: expected numbers, found the type ${type}`,
    )
}

/** What a look at the types, or at the beginning of a CSV, says of each column. */
async function readings(
  connection: DuckDBConnection,
  source: Source,
  nullText: readonly string[],
): Promise<{ readAs: ReadAs; mixed?: { row: number; text: string } }[]> {
  if (source.format !== 'csv')
    return source.types.map((type, index) => {
      if (nestedType.test(type))
        throw new FrostglassError(
          'unsupported',
          `${source.path}, column ${source.names[index]}: the type ${type} is no table cell`,
          { hint: 'declare the column ignored, or flatten it' },
        )
      return { readAs: numberType.test(type) ? 'number' : 'text' }
    })
  // By cells: three aggregates for each of 300 columns took 8 s of CPU and 950 MB, and thousands no memory suffices for.
  const names = source.names.map((_, j) => `c${j}`).join(', ')
  const width = source.names.length
  // Numbered and cut off as cells: of wide rows either needs a copy, for which there is no memory.
  const texts =
    `SELECT (row_number() OVER () - 1) // ${width} + 1 AS r, k, ${textSql('VARCHAR', 0, nullText)} AS t ` +
    `FROM (FROM ${source.relation([])} UNPIVOT INCLUDE NULLS (c0 FOR k IN (${names}))) LIMIT ${sampleRows * width}`
  const found = await ask(
    connection,
    `SELECT k, count(t)::INTEGER, count(n)::INTEGER, (min({r: r, t: t}) FILTER (t IS NOT NULL AND n IS NULL))::JSON ` +
      `FROM (SELECT *, TRY_CAST(t AS DOUBLE) AS n FROM (${texts})) GROUP BY k`,
  )
  const facts = new Map(found.map(([name, ...own]) => [name as string, own]))
  return source.names.map((_, j) => {
    const [present, numbers, first] = (facts.get(`c${j}`) ?? [0, 0, null]) as [number, number, string | null]
    if (numbers === present) return { readAs: 'number' }
    if (numbers * 2 < present || first === null) return { readAs: 'text' }
    const { r, t } = JSON.parse(first) as { r: number; t: string }
    return { readAs: 'text', mixed: { row: r, text: t } }
  })
}

/** A cell as a double, NULL when missing or, unless `nan`, NaN. */
function numberSql(type: string, index: number, nan: boolean): string {
  const floating = type === 'DOUBLE' || type === 'FLOAT'
  const cell = type === 'DOUBLE' ? `c${index}` : `c${index}::DOUBLE`
  return floating && !nan ? `(CASE WHEN isnan(c${index}) THEN NULL ELSE ${cell} END)` : `(${cell})`
}

/** A double, NULL for NaN unless `nan`. */
function finiteOrNull(cell: string, nan: boolean): string {
  return nan ? cell : `nullif(${cell}, 'NaN'::DOUBLE)`
}

/** A cell as text without surrounding spaces, NULL when missing. */
export function textSql(type: string, index: number, nullText: readonly string[]): string {
  const cell = type === 'VARCHAR' ? `trim(c${index})` : `trim(c${index}::VARCHAR)`
  if (nullText.length === 0) return cell
  // Not IN: DuckDB makes a hash join of a longer list, and rows then come out of order (duckdb/duckdb#24398).
  return `(CASE WHEN list_contains([${nullText.map(literal).join(', ')}], ${cell}) THEN NULL ELSE ${cell} END)`
}

/** The FROM clause of a plan's file, each column read as planned. */
export function relationOf(plan: Plan): string {
  const readAs: ReadAs[] = plan.source.names.map(() => 'text')
  for (const column of used(plan)) readAs[column.index] = column.readAs
  return plan.source.relation(readAs)
}

/** Features, then the label if there is one. */
export function used(plan: Plan): readonly PlannedColumn[] {
  return plan.label === undefined ? plan.columns : [...plan.columns, plan.label]
}

/**
 * A subquery with the columns in use as v0, v1, …: doubles or text, NULL when missing; then, where columns are
 * carried, their texts as k0, k1, …; with `numbered` the number of each row in the file, from 1, as r.
 * @param options.drop leave out rows with a missing cell
 * @param options.nan leave NaN as it is, for a reader that refuses it anyway; saves 4% of the time of a copy
 */
export function cleanSql(
  plan: Plan,
  {
    drop,
    nan = false,
    numbered = false,
  }: { readonly drop: boolean; readonly nan?: boolean; readonly numbered?: boolean },
): string {
  const { source, nullText } = plan
  // Null texts are for all columns of a CSV: where one of them is to come along as it is, cells are read as they are.
  const verbatim = source.format === 'csv' && plan.carried.length > 0
  const cells = used(plan).map(({ index, readAs }, j) => {
    const type =
      source.format === 'parquet' ? source.types[index]! : readAs === 'number' ? 'DOUBLE' : 'VARCHAR'
    if (readAs === 'text') return `${textSql(type, index, nullText)} AS v${j}`
    const number = verbatim
      ? finiteOrNull(`(${textSql('VARCHAR', index, nullText)})::DOUBLE`, nan)
      : numberSql(type, index, nan)
    return `${number} AS v${j}`
  })
  const more = plan.carried.map(({ index }, j) => `coalesce(c${index}::VARCHAR, '') AS k${j}`)
  if (numbered) more.push('(row_number() OVER ())::DOUBLE AS r')
  const from = verbatim ? source.relation([], true) : relationOf(plan)
  const query = `SELECT ${[...cells, ...more].join(', ')} FROM ${from}`
  if (!drop) return `(${query})`
  return `(FROM (${query}) WHERE ${cells.map((_, j) => `v${j} IS NOT NULL`).join(' AND ')})`
}
