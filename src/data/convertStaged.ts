// Turns a staged table, our Parquet with columns named by their places, into the file that was asked for, by DuckDB.
// Source: DuckDB's COPY; what each type of column becomes there is in form.ts.
// It does not check that a column so written can hold its values: the writer's caller has.

import { asItLies, identifier, literal, openDatabase, pathLiteral, wrapDatabaseError } from './duckdb.ts'
import { type TextWriting, typedSql, type Writing, writtenSql } from './form.ts'
import type { ParquetColumn } from './parquet.ts'
import { standInFor } from './unquoted.ts'

/**
 * A column to write: doubles, whole numbers within ±2^53, texts given as codes into `categories`, or any texts.
 * Nothing can be missing. What `form` and `time` say decides how they are written: see {@link Writing}; the caller has
 * checked that a column so written can hold its values.
 */
export type WriterColumn = ParquetColumn & Writing

/** The kinds of table that are written, packed or not. */
export type TableKind = 'csv' | 'tsv' | 'parquet'

/** The type that a column is to have in Parquet, where our own writer does not give it. */
export function parquetType({ form, time, type }: WriterColumn): string | undefined {
  if (time !== undefined)
    return (
      form?.type ??
      (time === 'days' ? 'DATE' : form?.stamp?.endsWith('Z') ? 'TIMESTAMP WITH TIME ZONE' : 'TIMESTAMP')
    )
  const given = form?.type
  return given === undefined ||
    (given === 'DOUBLE' && type === 'double') ||
    (given === 'BIGINT' && type === 'integer')
    ? undefined
    : given
}

/** What a staged table becomes. */
export type Conversion = {
  readonly kind: TableKind
  /** What the caller calls the file in messages. */
  readonly path: string
  /** The folder for what DuckDB has no memory for. */
  readonly temporary: string
  readonly text: TextWriting | undefined
}

/**
 * Our Parquet, whose columns are named by their places, to CSV, or to Parquet of more types, by DuckDB, which formats
 * doubles on all cores. With the sort before it, CSV to CSV took 33 s of CPU for 10 million rows x 10 doubles, and
 * DuckDB's plain copy of the file 24 to 27.
 */
export async function convertStaged(
  from: string,
  to: string,
  columns: readonly WriterColumn[],
  { kind, path, temporary, text = {} }: Conversion,
): Promise<void> {
  const { delimiter = ',', decimalComma = false } = text
  const database = await openDatabase(512, temporary)
  try {
    const connection = await database.connect()
    const rows = `read_parquet(${pathLiteral(from)}, ${asItLies})`
    const texts = columns.flatMap((column, j) => (isText(column) ? [`c${j}`] : []))
    const names = columns.map(({ name }) => name)
    const signs = kind === 'parquet' ? undefined : await standInFor(connection, names, texts, rows)
    // By place: DuckDB makes the names of a file distinct in its own way, and then a name may select another column.
    const cells = columns.map((column, j) => {
      const cell = kind === 'parquet' ? typedCell(column, `c${j}`) : textCell(column, `c${j}`, decimalComma)
      const text = signs && isText(column) ? signs.text(cell) : cell
      return `${text} AS ${signs ? signs.name(column.name) : identifier(column.name)}`
    })
    const format =
      kind === 'parquet'
        ? 'FORMAT parquet'
        : `FORMAT csv, HEADER true, DELIMITER ${literal(kind === 'tsv' ? '\t' : delimiter)}${emptyBare(columns)}`
    await connection.run(`COPY (SELECT ${cells.join(', ')} FROM ${rows}) TO ${literal(to)} (${format})`)
    await signs?.settle(to)
  } catch (error) {
    throw wrapDatabaseError(error, path, 'writing')
  } finally {
    database.close()
  }
}

/**
 * DuckDB quotes what is its text of NULL, by default the empty one, so that it is given another, for there is no NULL. Of a
 * single column an empty cell needs its quotes: the line would be blank, and most readers leave it out.
 */
const emptyBare = ({ length }: readonly WriterColumn[]) => (length > 1 ? ", NULLSTR '\x07\x07'" : '')

const isText = ({ type }: WriterColumn) => type === 'text' || type === 'any-text'

function typedCell(column: WriterColumn, cell: string): string {
  const type = parquetType(column)
  if (type === undefined) return cell
  return isText(column) ? `CAST(${cell} AS ${type})` : typedSql(cell, type, column.time)
}

function textCell(column: WriterColumn, cell: string, decimalComma: boolean): string {
  if (isText(column)) return cell
  const pointed = column.form !== undefined || column.time !== undefined
  // Texts are what DuckDB writes for their type already.
  const written = pointed ? writtenSql(column.type === 'integer' ? `${cell}::DOUBLE` : cell, column) : cell
  return decimalComma && column.time === undefined ? `replace((${written})::VARCHAR, '.', ',')` : written
}
