// What the texts of a column are: numbers, dates, times, or categories, by a look at the beginning of the file.
// Source: docs/reference/tables.md: right or said, never lossy.
// It looks at the first 20,480 rows; the rest is held to what it finds there, cell by cell.

import type { DuckDBConnection } from '@duckdb/node-api'
import { isDateSql, isMomentSql, matches, patterns } from './cells.ts'
import { ask } from './duckdb.ts'
import type { Stamp, TimeUnit } from './form.ts'

/** What a look at a column says. */
export type Reading = {
  readonly readAs: 'number' | 'text'
  readonly time?: TimeUnit | undefined
  readonly stamp?: Stamp | undefined
  /** The first cell that is no number, where most are: somebody has to say what it is. */
  readonly mixed?: { readonly row: number; readonly text: string } | undefined
  /** The first number with a separator of thousands, where decimals have commas: neither a number nor a text. */
  readonly thousands?: { readonly row: number; readonly text: string } | undefined
  /** What its owner should know: why it is taken as categories. */
  readonly remark?: string | undefined
}

/** How much of a file of texts decides what its columns are. */
export const sampleRows = 20_480

// A number with signs of money, percent, thousands or a decimal comma; and a date in another order than ISO's.
const amount = `[-+(]?\\s*[$€£¥]?\\s*[-+]?[0-9]+([., '’][0-9]+)*\\s*[%$€£¥]?\\)?`
const thousands = '[-+]?[0-9]{1,3}(\\.[0-9]{3})+(,[0-9]*)?'
const date = '[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}([ T,].*)?'

/**
 * Reads the beginning of a relation, by cells: fourteen aggregates for each of thousands of columns no memory suffices for.
 * @param relation what follows FROM; its columns are texts
 * @param columns which of its columns c0, c1, … to look at
 * @param text SQL of the text of a cell c0, NULL when missing
 * @param pointed SQL of a text t as numbers are read from it
 * @returns what each column is, by its number
 */
export async function classifyTexts(
  connection: DuckDBConnection,
  relation: string,
  columns: readonly number[],
  text: string,
  pointed: string,
): Promise<ReadonlyMap<number, Reading>> {
  if (columns.length === 0) return new Map()
  const names = columns.map((j) => `c${j}`).join(', ')
  // Numbered and cut off as cells: of wide rows either needs a copy, for which there is no memory.
  const cells =
    `SELECT (row_number() OVER () - 1) // ${columns.length} + 1 AS r, k, ${text} AS t ` +
    `FROM (FROM (SELECT ${names} FROM ${relation}) UNPIVOT INCLUDE NULLS (c0 FOR k IN (${names}))) ` +
    `LIMIT ${sampleRows * columns.length}`
  const found = await ask(connection, `SELECT k, ${factsOf(pointed)} FROM (${cells}) GROUP BY k`)
  const comma = pointed !== 't'
  const nothing = readingOf([0, 0, null, null, 0, 0, 0, null, null, 0, 0, 0, 0, null, 0, null], comma)
  const readings = new Map(found.map(([k, ...facts]) => [k as string, readingOf(facts, comma)]))
  return new Map(columns.map((j) => [j, readings.get(`c${j}`) ?? nothing]))
}

/** Aggregates of the texts t of a column, of which `n` is what numbers are read from. */
function factsOf(n: string): string {
  const first = (condition: string) => `(min({r: r, t: t}) FILTER (t IS NOT NULL AND ${condition}))::JSON`
  const count = (condition: string) => `(count(*) FILTER (${condition}))::INTEGER`
  // NaN and infinities are numbers, if no usable ones: they are refused or filled later.
  const number = `(${matches(n, patterns.number)} OR ${matches('t', patterns.infinite)} OR lower(t) = 'nan')`
  const shape = `regexp_replace(left(t, 40), '[0-9]', '0', 'g')`
  return [
    `count(t)::INTEGER`,
    count(number),
    first(`NOT ${number}`),
    first(matches(n, patterns.code)),
    count(matches(n, patterns.code)),
    count(matches(n, patterns.bareExponent)),
    count(`${matches(n, patterns.number)} AND (contains(${n}, '.') OR regexp_matches(t, '[eE][+-]'))`),
    `min(${shape})`,
    `max(${shape})`,
    count(isDateSql('t')),
    count(isMomentSql('t')),
    count(matches('t', amount)),
    count(matches('t', date)),
    `any_value(t)`,
    count(matches('t', thousands)),
    first(matches('t', thousands)),
  ].join(', ')
}

function readingOf(facts: readonly unknown[], comma: boolean): Reading {
  const [
    present,
    numbers,
    other,
    code,
    codes,
    bare,
    pointed,
    low,
    high,
    dates,
    moments,
    amounts,
    dated,
    example,
    thousand,
    firstThousand,
  ] = facts as [number, number, string | null, string | null, ...unknown[]]
  const text = { readAs: 'text' } as const
  if (present > 0 && low === high) {
    if (low === '0000-00-00' && dates === present) return { readAs: 'number', time: 'days' }
    const stamp = /^0000-00-00([ T])00:00:00(?:\.0{1,6})?(Z?)$/.exec(String(low))
    if (stamp !== null && moments === present)
      return { readAs: 'number', time: 'seconds', stamp: `${stamp[1]}${stamp[2]}` as Stamp }
  }
  // 1E5 is a number among 2.5 and 1e-3, and a code among whole numbers.
  const coded = (codes as number) - ((pointed as number) > 0 ? (bare as number) : 0)
  const asNumbers = numbers + (codes as number) >= present && coded === 0
  if (asNumbers && other === null) return { readAs: 'number' }
  if (coded > 0 && (coded * 2 >= present || other === null)) {
    const { row, text: shown } = place(code!)
    return {
      ...text,
      remark: `codes like "${shown}" (row ${row}) are taken as categories, since numbers would lose their form`,
    }
  }
  if (comma && (thousand as number) > 0 && (numbers + (thousand as number)) * 2 >= present)
    return { ...text, thousands: place(firstThousand as string) }
  if (numbers * 2 >= present && other !== null) return { ...text, mixed: place(other) }
  if ((dated as number) * 2 > present)
    return {
      ...text,
      remark: `texts like "${example}" look like dates, but not all are written YYYY-MM-DD (HH:MM:SS): they are taken as categories`,
    }
  if ((amounts as number) * 2 > present)
    return {
      ...text,
      remark: `texts like "${example}" look like numbers, but are not written plainly (as ${comma ? '1234,5' : '1234.5'}): they are taken as categories${comma ? '' : commaAdvice(example as string)}`,
    }
  return text
}

/** What to say of a text that may have a decimal comma. */
export const commaAdvice = (text: string): string =>
  /^\s*[-+]?\d+,\d+\s*$/.test(text) ? ' (if the comma is a decimal one, say --decimal-comma)' : ''

function place(json: string): { row: number; text: string } {
  const { r, t } = JSON.parse(json) as { r: number; t: string }
  return { row: Number(r), text: t }
}
