// The columns of a table as queries see them: each as a number, a text or a truth value, by SQL that never throws.
// Source: ../../data/source.ts and plan.ts (how files become relations); DuckDB's TRY_CAST.
// Names and types of columns are taken to be public. Cells that are no number where one is wanted are missing.

import type { DuckDBConnection } from '@duckdb/node-api'
import { textSql } from '../../data/plan.ts'
import { nearestName } from '../../data/schema.ts'
import { defaultNullText, openSource, type SourceOptions } from '../../data/source.ts'
import { FrostglassError } from '../../errors.ts'

/** What a column is; `open` is text of a file without types, a number where one is wanted. */
export type ColumnKind = 'number' | 'text' | 'truth' | 'open'

/** A column with its SQL, as far as it can be had. */
export interface Column {
  readonly name: string
  readonly kind: ColumnKind
  /** Whole numbers by the file's type: sums of them are exact without a grid. */
  readonly whole: boolean
  readonly number?: string
  readonly text: string
  readonly truth?: string
}

/** A table that can be asked. */
export interface QueryTable {
  /** The file's name without folder and endings: what FROM may call it besides `data`. */
  readonly name: string
  /** What follows FROM in our SQL. */
  readonly relation: string
  /** @throws FrostglassError `usage` for a name that is no column's, `unsupported` for a column of no cells. */
  column(name: string): Column
  has(name: string): boolean
}

const wholeTypes = /^U?(TINY|SMALL|BIG|HUGE)INT$|^U?INTEGER$/
const numberTypes = /^(FLOAT|DOUBLE|DECIMAL)/
const nested = /^(STRUCT|MAP|UNION|BLOB|BIT|LIST|GEOMETRY|VARIANT)|\[\d*\]$/

/** Opens a table file; see openSource for its errors, which are about its form and name no cell. */
export async function openQueryTable(
  connection: DuckDBConnection,
  path: string,
  options: SourceOptions,
): Promise<QueryTable> {
  const source = await openSource(connection, path, options).catch((error: unknown) => {
    // Of a file without a line of names the first row stands for them, so those of text files are not repeated.
    if (!(error instanceof FrostglassError) || !/are both named/.test(error.message)) throw error
    throw new FrostglassError('input', 'two columns of the table have the same name (case aside)', {
      hint: 'rename one of them, or say that the file has no line of names (--no-header)',
    })
  })
  const nullText = options.nullText ?? defaultNullText
  const places = new Map(source.names.map((name, j) => [name.toLowerCase(), j]))
  return {
    name: path.replace(/^.*[\\/]/, '').replace(/\..*$/, ''),
    relation: source.relation([]),
    has: (name) => places.has(name.toLowerCase()),
    column(name) {
      const j = places.get(name.toLowerCase())
      if (j === undefined) {
        const near = source.format === 'parquet' ? nearestName(name, source.names) : undefined
        throw new FrostglassError('usage', `the table has no column ${name}`, {
          hint:
            near === undefined
              ? 'check its spelling against the table’s line of names'
              : `did you mean ${near}?`,
        })
      }
      return columnOf(
        source.names[j]!,
        j,
        source.format === 'parquet' ? source.types[j]! : undefined,
        nullText,
      )
    },
  }
}

/** @param type of a file that has types; text files are text throughout. */
function columnOf(name: string, j: number, type: string | undefined, nullText: readonly string[]): Column {
  if (type !== undefined && nested.test(type))
    throw new FrostglassError('unsupported', `column ${name}: the type ${type} is no table cell`, {
      hint: 'ask about other columns, or flatten it first',
    })
  const text = textSql(type ?? 'VARCHAR', j, nullText)
  if (type === undefined)
    return { name, kind: 'open', whole: false, number: notNan(`TRY_CAST(${text} AS DOUBLE)`), text }
  if (wholeTypes.test(type)) return { name, kind: 'number', whole: true, number: `(c${j}::DOUBLE)`, text }
  if (numberTypes.test(type))
    return { name, kind: 'number', whole: false, number: notNan(`c${j}::DOUBLE`), text }
  if (type === 'BOOLEAN') return { name, kind: 'truth', whole: false, text, truth: `c${j}` }
  return { name, kind: 'text', whole: false, text }
}

/** A double, NULL where it is NaN. */
export const notNan = (sql: string): string => `(CASE WHEN isnan(${sql}) THEN NULL ELSE ${sql} END)`
