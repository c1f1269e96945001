// The columns of a table as queries see them: each as a number, a text or a truth value, by SQL that never throws.
// Source: tableFile.ts (how files become relations); DuckDB's TRY_CAST.
// Names and types of columns are taken to be public. Cells that are no number where one is wanted are missing.

import type { DuckDBConnection } from '@duckdb/node-api'
import { literal } from '../../data/duckdb.ts'
import { nearestName } from '../../data/schema.ts'
import { defaultNullText } from '../../data/source.ts'
import { FrostglassError } from '../../errors.ts'
import { type FormOptions, openTableFile, type TableFile } from './tableFile.ts'

/** What a column is; `open` is text of a file without types, a number where one is wanted. */
export type ColumnKind = 'number' | 'text' | 'truth' | 'open'

/** A column with its SQL, as far as it can be had. */
export interface Column {
  readonly name: string
  readonly kind: ColumnKind
  readonly number?: string | undefined
  /** The first {@link CELL} characters, without spaces around them. */
  readonly text: string
  readonly truth?: string | undefined
  /** The whole cell without spaces around it, or SHA-256 of a long one: what units are told apart by. */
  readonly identity: string
}

/** A table that can be asked. */
export interface QueryTable {
  /** The file's name without folder and endings: what FROM may call it besides `data`. */
  readonly name: string
  /** What follows FROM in our SQL: all columns that were asked for so far. */
  relation(): string
  /** The columns of that relation, by their names in our SQL. */
  cells(): readonly string[]
  /** @throws FrostglassError `usage` for a name that is no column's, `unsupported` for a column of no cells. */
  column(name: string): Column
  has(name: string): boolean
}

/** How many characters of a cell are looked at, so that a cell takes a bounded time, whatever is in it. */
export const CELL = 256

/** Whole or not makes no difference: a tool that writes a file may choose by whether one cell is missing. */
const numberTypes = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)$/
const nested = /^(STRUCT|MAP|UNION|BLOB|BIT|LIST|GEOMETRY|VARIANT)|\[\d*\]$/

/** How a table file is read. */
export interface TableOptions extends FormOptions {
  readonly nullText?: readonly string[] | undefined
}

/**
 * Opens a table file; see openTableFile for its errors, which are about its form and name no cell.
 * @param prefix of its columns in our SQL: of several tables each has its own.
 */
export async function openQueryTable(
  connection: DuckDBConnection,
  path: string,
  options: TableOptions,
  prefix = '',
): Promise<QueryTable> {
  const file = await openTableFile(connection, path, options)
  const nullText = options.nullText ?? defaultNullText
  const places = new Map(file.names.map((name, j) => [name.toLowerCase(), j]))
  const used = new Set<number>()
  return {
    name: path.replace(/^.*[\\/]/, '').replace(/\..*$/, ''),
    relation: () => relationOf(file, [...used], prefix, nullText),
    cells: () => [...used].flatMap((j) => ['t', 'i', 'n', 'b'].map((letter) => `${letter}${prefix}${j}`)),
    has: (name) => places.has(name.toLowerCase()),
    column(name) {
      const j = places.get(name.toLowerCase())
      if (j === undefined) {
        const near = nearestName(name, file.names)
        throw new FrostglassError(
          'usage',
          `the table has no column ${name}`,
          near === undefined
            ? 'Check its spelling against the table’s line of names.'
            : `Write ${near}, if that is meant.`,
        )
      }
      const column = columnOf(file.names[j]!, `${prefix}${j}`, file.types[j])
      used.add(j)
      return column
    },
  }
}

/** @param type of a file that has types; text files are text throughout. */
function columnOf(name: string, place: string, type: string | undefined): Column {
  if (type !== undefined && nested.test(type))
    throw new FrostglassError(
      'unsupported',
      `column ${name}: the type ${type} is no table cell`,
      'Ask about other columns, or flatten it first.',
    )
  // A time of milliseconds that DuckDB cannot hold in microseconds fails while a query is planned, before anything is paid: a
  // free bit about one row. Which unit a file has the type does not say.
  if (type !== undefined && /^TIME/.test(type))
    throw new FrostglassError(
      'unsupported',
      `column ${name}: the type ${type} is not asked about`,
      'Write it as a date, as text, or as a number.',
    )
  const column = { name, text: `t${place}`, identity: `i${place}` }
  if (type === undefined) return { ...column, kind: 'open', number: `n${place}` }
  if (numberTypes.test(type)) return { ...column, kind: 'number', number: `n${place}` }
  if (type === 'BOOLEAN') return { ...column, kind: 'truth', truth: `b${place}` }
  return { ...column, kind: 'text' }
}

/** Cells step by step, each computed once: DuckDB leaves out what is not asked for. */
function relationOf(
  file: TableFile,
  used: readonly number[],
  prefix: string,
  nullText: readonly string[],
): string {
  const stage = (from: string, columns: (place: string, j: number) => readonly string[]): string => {
    const list = used.flatMap((j) => columns(`${prefix}${j}`, j))
    return `(SELECT ${list.length === 0 ? '1' : list.join(', ')} FROM ${from})`
  }
  const present = (sql: string): string =>
    nullText.length === 0
      ? sql
      : // Not IN: DuckDB makes a join of a longer list.
        `(CASE WHEN list_contains([${nullText.map(literal).join(', ')}], ${sql}) THEN NULL ELSE ${sql} END)`
  const typed = (j: number): boolean => numberTypes.test(file.types[j] ?? '')
  const cut = stage(file.relation, (p, j) => {
    const whole = (file.types[j] ?? 'VARCHAR') === 'VARCHAR' ? `c${j}` : `c${j}::VARCHAR`
    return [
      `trim(left(${whole}, ${CELL})) AS t${p}`,
      `trim(${whole}) AS i${p}`,
      `${typed(j) ? `c${j}::DOUBLE` : 'NULL::DOUBLE'} AS n${p}`,
      `${file.types[j] === 'BOOLEAN' ? `c${j}` : 'NULL::BOOLEAN'} AS b${p}`,
    ]
  })
  const known = stage(cut, (p) => [
    `${present(`t${p}`)} AS t${p}`,
    `${present(`i${p}`)} AS i${p}`,
    `n${p}`,
    `b${p}`,
  ])
  const cast = stage(known, (p, j) => [
    `t${p}`,
    `i${p}`,
    `${typed(j) ? `n${p}` : `TRY_CAST(t${p} AS DOUBLE)`} AS n${p}`,
    `b${p}`,
  ])
  return stage(cast, (p) => [
    `t${p}`,
    `${shortSql(`i${p}`)} AS i${p}`,
    `${notNan(`n${p}`)} AS n${p}`,
    `b${p}`,
  ])
}

/** A text that is long as its hash, which is longer than all that are not, so that no two are the same that were not. */
const shortSql = (sql: string): string =>
  `(CASE WHEN length(${sql}) <= 64 THEN ${sql} ELSE 'sha256:' || sha256(${sql}) END)`

/** A double, NULL where it is NaN. */
const notNan = (sql: string): string => `(CASE WHEN isnan(${sql}) THEN NULL ELSE ${sql} END)`
