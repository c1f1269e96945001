// What a cell is as a number: SQL that turns texts and values of every type into doubles, and refuses what would be lost.
// Source: docs/reference/tables.md; RE2's syntax for the patterns.
// A cell that cannot be used becomes infinite, never NULL: only a missing cell may be filled.

import { literal } from './duckdb.ts'
import { decimalOf, isWholeType, largestWhole, type Stamp, type TimeUnit } from './form.ts'

const sign = '[+-]?'
const exponent = '([eE][+-]?[0-9]+)?'
const whole = `${sign}[0-9]+`

/** Patterns of whole cells, spaces aside. */
export const patterns = {
  /** A number in any writing that DuckDB takes, but for underscores between digits. */
  number: `${sign}([0-9]+\\.?[0-9]*|\\.[0-9]+)${exponent}`,
  /** A number that says no more than its value: without leading zeros. */
  plainNumber: `${sign}((0|[1-9][0-9]*)(\\.[0-9]*)?|\\.[0-9]+)${exponent}`,
  /** The same among whole numbers, where 1E5 may be a code, and 1E+5 or 1.0E5 is none. */
  wholePlainNumber: `${sign}(0|[1-9][0-9]*)([eE][+-][0-9]+)?|${sign}((0|[1-9][0-9]*)\\.[0-9]*|\\.[0-9]+)${exponent}`,
  /** Digits that a program would not write for a number: 00017, 1_100, and 1E5, which is 100000 or a code. */
  code: `${sign}0[0-9]+(\\.[0-9]*)?${exponent}|[0-9]+(_[0-9]+)+|[0-9]+[eE][0-9]+`,
  /** Of the codes those that can be a number, and are one where other cells have points. */
  bareExponent: '[0-9]+[eE][0-9]+',
  whole,
  infinite: '[+-]?[iI][nN][fF]([iI][nN][iI][tT][yY])?',
  date: '[0-9]{4}-[0-9]{2}-[0-9]{2}',
} as const

/** The pattern of a time with one of these stamps. */
const momentPattern = (stamps: readonly Stamp[]): string =>
  stamps
    .map((stamp) => {
      const end = stamp.endsWith('Z') ? 'Z' : ''
      return `[0-9]{4}-[0-9]{2}-[0-9]{2}${stamp[0]}[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?${end}`
    })
    .join('|')

const everyStamp: readonly Stamp[] = [' ', 'T', ' Z', 'TZ']

/** SQL: the whole of a text has this pattern. */
export const matches = (cell: string, pattern: string): string =>
  `regexp_full_match(${cell}, ${literal(`\\s*(${pattern})\\s*`)})`

/** How a column of numbers is read. */
export type NumberReading = {
  readonly time?: TimeUnit | undefined
  /** Of times as text: what may stand between and behind; all there are where nothing is known. */
  readonly stamps?: readonly Stamp[] | undefined
  /** The owner has said that it holds numbers: codes such as 00017 count as such. */
  readonly loose?: boolean | undefined
  /** The table that the schema was made from had whole numbers alone. */
  readonly whole?: boolean | undefined
}

const unusable = `'inf'::DOUBLE`

/** Whether values of a type can be read as such numbers: a time with a zone is none without, nor the other way about. */
export function isReadable(type: string, { time, stamps }: NumberReading): boolean {
  if (type === 'VARCHAR') return true
  if (time === 'days') return type === 'DATE'
  if (time !== 'seconds') return isNumber(type)
  const zoned = stamps?.some((stamp) => stamp.endsWith('Z'))
  return /^TIMESTAMP/.test(type) && (zoned === undefined || zoned === /ZONE/.test(type))
}

/** Whether a type is one of numbers. */
export const isNumber = (type: string): boolean => isWholeType(type) || /^(FLOAT|DOUBLE|DECIMAL)/.test(type)

/**
 * SQL of a text cell (NULL when missing) as a double: NULL for NaN too, infinite when it cannot be used.
 * @param isNull SQL: the cell counts as missing; asked where it is no such number
 */
export function textNumberSql(cell: string, reading: NumberReading, isNull: string): string {
  const { time } = reading
  if (time !== undefined) {
    const [pattern, value] =
      time === 'days'
        ? [patterns.date, dateSql(cell)]
        : [momentPattern(reading.stamps ?? everyStamp), momentSql(cell)]
    return `CASE WHEN ${cell} IS NULL THEN NULL WHEN ${matches(cell, pattern)} THEN coalesce(${value}, ${unusable}) WHEN ${isNull} THEN NULL ELSE ${unusable} END`
  }
  const pattern = patternOf(reading)
  // Short texts need no second look; a whole number that float64 has not would come back as another.
  const exact = `(length(${cell}) < 16 OR NOT ${matches(cell, whole)} OR abs(${cell}::DOUBLE) <= ${largestWhole})`
  return (
    `CASE WHEN ${matches(cell, pattern)} AND ${exact} THEN ${cell}::DOUBLE ` +
    `WHEN ${cell} IS NULL OR lower(trim(${cell})) = 'nan' OR ${isNull} THEN NULL ELSE ${unusable} END`
  )
}

const patternOf = ({ loose, whole }: NumberReading): string =>
  loose ? patterns.number : whole ? patterns.wholePlainNumber : patterns.plainNumber

/** SQL: a text is a date, and one that is written so: the year 0000 is none, and 24:00:00 no time of its day. */
export const isDateSql = (cell: string): string => `TRY_CAST(${cell} AS DATE)::VARCHAR = trim(${cell})`
export const isMomentSql = (cell: string): string =>
  `left(TRY_CAST(${bareMoment(cell)} AS TIMESTAMP)::VARCHAR, 19) = left(trim(${bareMoment(cell)}), 19)`

const bareMoment = (cell: string) => `replace(replace(${cell}, 'T', ' '), 'Z', '')`

const dateSql = (cell: string) =>
  `CASE WHEN ${isDateSql(cell)} THEN (TRY_CAST(${cell} AS DATE) - DATE '1970-01-01')::DOUBLE END`

const momentSql = (cell: string) =>
  `CASE WHEN ${isMomentSql(cell)} THEN ${secondsSql(`epoch_us(TRY_CAST(${bareMoment(cell)} AS TIMESTAMP))`)} END`

/** Microseconds as seconds: whole ones of any year, others while float64 has every one of them. */
const secondsSql = (micro: string) =>
  `(CASE WHEN ${micro} % 1000000 = 0 THEN (${micro} // 1000000)::DOUBLE ` +
  `WHEN abs(${micro}) <= ${largestWhole} THEN ${micro} / 1000000.0::DOUBLE ELSE ${unusable} END)`

/**
 * SQL of a cell of a typed column as a double, as {@link textNumberSql}.
 * @param nan leave NaN as it is, for a reader that refuses it anyway
 */
export function typedNumberSql(type: string, cell: string, { time }: NumberReading, nan: boolean): string {
  if (time === 'days')
    return `CASE WHEN ${cell} IS NULL THEN NULL WHEN isfinite(${cell}) THEN (${cell} - DATE '1970-01-01')::DOUBLE ELSE ${unusable} END`
  if (time === 'seconds') {
    // TIMESTAMP_NS has more digits than the others; what they cannot hold is refused.
    const lossless = type === 'TIMESTAMP_NS' ? `epoch_ns(${cell}) % 1000 = 0` : `isfinite(${cell})`
    return `CASE WHEN ${cell} IS NULL THEN NULL WHEN ${lossless} THEN ${secondsSql(`epoch_us(${cell})`)} ELSE ${unusable} END`
  }
  if (/^U?(BIG|HUGE)INT$/.test(type))
    return (
      `CASE WHEN ${cell} IS NULL THEN NULL WHEN ${cell} <= ${largestWhole}${type.startsWith('U') ? '' : ` AND ${cell} >= -${largestWhole}`} ` +
      `THEN ${cell}::DOUBLE ELSE ${unusable} END`
    )
  const decimal = decimalOf(type)
  // Up to 15 digits the cast is exact in the sense that counts: the double nearest to the decimal.
  if (decimal !== undefined && decimal.precision > 15) {
    const near = `${cell}::VARCHAR::DOUBLE`
    return `CASE WHEN ${cell} IS NULL THEN NULL WHEN TRY_CAST((${near})::VARCHAR AS ${type}) = ${cell} THEN ${near} ELSE ${unusable} END`
  }
  const value = type === 'DOUBLE' ? cell : `${cell}::DOUBLE`
  if ((type === 'DOUBLE' || type === 'FLOAT') && !nan)
    return `(CASE WHEN isnan(${cell}) THEN NULL ELSE ${value} END)`
  return `(${value})`
}

/** SQL: why a cell that became infinite cannot be used, as a word of {@link Unusable}. */
export function reasonSql(typed: boolean, text: string, reading: NumberReading): string {
  if (reading.time !== undefined && !typed) return `'time'`
  if (typed) return `CASE WHEN ${matches(text, patterns.infinite)} THEN 'infinite' ELSE 'large' END`
  return (
    `CASE WHEN ${matches(text, patterns.infinite)} THEN 'infinite' ` +
    `WHEN NOT ${matches(text, patterns.number)} THEN 'text' ` +
    `WHEN isinf(${text}::DOUBLE) THEN 'infinite' ` +
    `WHEN NOT ${matches(text, patternOf(reading))} THEN 'code' ELSE 'large' END`
  )
}

/** Why a cell cannot be used as a number. */
export type Unusable = 'infinite' | 'large' | 'text' | 'code' | 'time'
