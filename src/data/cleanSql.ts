// The SQL that turns the cells of planned columns into clean values.
// Source: missing values as SQL NULL, so that DuckDB's aggregates leave them out.
// It does not promise that the values exist or are finite: profile.ts and table.ts check that.

import { textNumberSql, typedNumberSql } from './cells.ts'
import { literal } from './duckdb.ts'
import { type Plan, type PlannedColumn, used } from './planned.ts'
import type { Source } from './source.ts'

/**
 * A column's cell as a double: NULL when missing, infinite when it cannot be used; NaN is missing unless `nan`.
 * @param nullText texts that count as missing, spaces aside, where `cell` may still have them
 */
export function numberSql(
  source: Source,
  column: PlannedColumn,
  nullText: readonly string[],
  cell = `c${column.index}`,
  nan = false,
): string {
  const type = source.types[column.index]!
  const isNull = isNullSql(cell, nullText)
  if (source.format === 'parquet' && type !== 'VARCHAR') {
    const value = typedNumberSql(type, cell, column, nan)
    return nullText.length === 0 ? value : `CASE WHEN ${isNull} THEN NULL ELSE ${value} END`
  }
  const written = column.time === undefined ? pointedSql(source, cell) : cell
  // Most null texts are no numbers, so that they are looked for where there is none.
  const value = textNumberSql(written, column, isNull)
  return nullText.some((text) => /\d/.test(text)) ? `CASE WHEN ${isNull} THEN NULL ELSE ${value} END` : value
}

/** Not IN: DuckDB makes a hash join of a longer list, and rows then come out of order (duckdb/duckdb#24398). */
const isNullSql = (cell: string, nullText: readonly string[]): string =>
  nullText.length === 0
    ? 'false'
    : `list_contains([${nullText.map(literal).join(', ')}], trim(${cell}::VARCHAR))`

/**
 * SQL of a text as numbers are read from it: with decimal commas turned into points. Points become commas, which no number
 * has: what 1.234 is in such a file, a number or thousands, nobody knows.
 */
export function pointedSql({ decimalComma }: Source, cell: string): string {
  return decimalComma ? `translate(${cell}, ',.', '.,')` : cell
}

/**
 * A cell as text, NULL when missing. Spaces around it belong to it.
 * @param nullText texts that count as missing, spaces aside
 */
export function textSql(source: Source, index: number, nullText: readonly string[]): string {
  const column = `c${index}`
  const cell =
    source.format === 'parquet' && source.types[index] !== 'VARCHAR' ? `${column}::VARCHAR` : column
  return nullText.length === 0 ? cell : `(CASE WHEN ${isNullSql(cell, nullText)} THEN NULL ELSE ${cell} END)`
}

/**
 * A subquery with the columns in use as v0, v1, …: doubles or text, NULL when missing; then, where columns are
 * carried, their texts as k0, k1, …; with `numbered` the number of each row in the file, from 1, as r.
 * @param options.drop leave out rows with a missing cell
 * @param options.nan leave NaN as it is, for a reader that refuses it anyway; saves 4% of the time of a copy
 * @param options.texts add w0, w1, …: the texts that the numbers were read from, without spaces around them
 */
export function cleanSql(
  plan: Plan,
  {
    drop,
    nan = false,
    numbered = false,
    texts = false,
  }: {
    readonly drop: boolean
    readonly nan?: boolean | undefined
    readonly numbered?: boolean | undefined
    readonly texts?: boolean | undefined
  },
): string {
  const { source, nullText } = plan
  // Null texts are for all columns of a CSV: where one of them is to come along as it is, cells are read as they are.
  const verbatim = source.format === 'csv' && plan.carried.length > 0
  const cells = used(plan).flatMap((column, j) => {
    const { index, readAs } = column
    if (readAs === 'text') return [`${textSql(source, index, nullText)} AS v${j}`]
    const cell = verbatim ? textSql(source, index, nullText) : `c${index}`
    const value = `${numberSql(source, column, nullText, cell, nan)} AS v${j}`
    // What counts as missing is no writing of a number.
    const present = texts && !verbatim ? textSql(source, index, nullText) : cell
    const written = column.time === undefined ? pointedSql(source, present) : present
    return texts ? [value, `trim(${written}::VARCHAR) AS w${j}`] : [value]
  })
  const more = plan.carried.map(({ index }, j) => `coalesce(c${index}::VARCHAR, '') AS k${j}`)
  if (numbered) more.push('(row_number() OVER ())::DOUBLE AS r')
  const query = `SELECT ${[...cells, ...more].join(', ')} FROM ${source.relation(verbatim)}`
  if (!drop) return `(${query})`
  return `(FROM (${query}) WHERE ${used(plan)
    .map((_, j) => `v${j} IS NOT NULL`)
    .join(' AND ')})`
}
