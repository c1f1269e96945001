// The SQL that turns the cells of planned columns into clean values.
// Source: missing values as SQL NULL, so that DuckDB's aggregates leave them out.
// It does not promise that the values exist or are finite: profile.ts and table.ts check that.

import { textNumberSql, typedNumberSql } from './cells.ts'
import { literal } from './duckdb.ts'
import { type Plan, type PlannedColumn, used } from './planned.ts'
import type { Source } from './source.ts'

/** A column's cell as a double: NULL when missing, infinite when it cannot be used; NaN is missing unless `nan`. */
export function numberSql(
  source: Source,
  column: PlannedColumn,
  cell = `c${column.index}`,
  nan = false,
): string {
  const type = source.types[column.index]!
  if (source.format === 'parquet' && type !== 'VARCHAR') return typedNumberSql(type, cell, column, nan)
  return textNumberSql(column.time === undefined ? pointedSql(source, cell) : cell, column)
}

/**
 * SQL of a text as numbers are read from it: with decimal commas turned into points. Points become commas, which no number
 * has: what 1.234 is in such a file, a number or thousands, nobody knows.
 */
export function pointedSql({ decimalComma }: Source, cell: string): string {
  return decimalComma ? `translate(${cell}, ',.', '.,')` : cell
}

/**
 * A cell as text, NULL when missing. Spaces around it belong to it, unless the file has one behind every separator.
 * @param nullText texts that count as missing, spaces aside
 */
export function textSql(source: Source, index: number, nullText: readonly string[]): string {
  const column = `c${index}`
  const cell =
    source.format === 'parquet' && source.types[index] !== 'VARCHAR' ? `${column}::VARCHAR` : column
  const kept = source.padded ? `trim(${cell})` : cell
  if (nullText.length === 0) return kept
  // Not IN: DuckDB makes a hash join of a longer list, and rows then come out of order (duckdb/duckdb#24398).
  return `(CASE WHEN list_contains([${nullText.map(literal).join(', ')}], trim(${cell})) THEN NULL ELSE ${kept} END)`
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
    readonly nan?: boolean
    readonly numbered?: boolean
    readonly texts?: boolean
  },
): string {
  const { source, nullText } = plan
  // Null texts are for all columns of a CSV: where one of them is to come along as it is, cells are read as they are.
  const verbatim = source.format === 'csv' && plan.carried.length > 0
  const cells = used(plan).flatMap((column, j) => {
    const { index, readAs } = column
    if (readAs === 'text') return [`${textSql(source, index, nullText)} AS v${j}`]
    const cell = verbatim ? textSql(source, index, nullText) : `c${index}`
    const value = `${numberSql(source, column, cell, nan)} AS v${j}`
    const written = column.time === undefined ? pointedSql(source, cell) : cell
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
