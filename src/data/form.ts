// How a column's values are written, kept so that they can be written so again: a type, decimals, a style of text.
// Source: DuckDB's types and its own text of doubles, which is Python's ('5.0', '1e-05'); ISO 8601 for dates.
// It does not keep what carries no value: '+5' for 5, '.5' for 0.5, spaces around numbers, one cell unlike the others.

/** What a column of numbers counts when its cells are dates or times: from 1970-01-01 (UTC where a zone is given). */
export type TimeUnit = 'days' | 'seconds'

/** How a time is written as text: what stands between date and time, and behind them. */
export type Stamp = ' ' | 'T' | ' Z' | 'TZ'

/** How the cells of a column are written. What is absent is not known, or does not apply. */
export type ColumnForm = {
  /** DuckDB's type, where the file has types that text has not. */
  readonly type?: string | undefined
  /** The most decimals of any cell, at most 22; absent when cells have more digits than 15. */
  readonly decimals?: number | undefined
  /** Numbers as text: all with `decimals` decimals, or as few as possible, whole ones as '5' or as '5.0'. */
  readonly style?: 'fixed' | 'plain' | 'pointed' | undefined
  /** Of times as text. */
  readonly stamp?: Stamp | undefined
}

/** What decides how a column of a restored table is written. */
export type Writing = { readonly form?: ColumnForm | undefined; readonly time?: TimeUnit | undefined }

/** How a CSV is written as a whole. */
export type TextWriting = {
  /** What separates cells; a comma unless given. */
  readonly delimiter?: string | undefined
  /** Numbers have decimal commas. */
  readonly decimalComma?: boolean | undefined
}

/**
 * The stamps that a later table's times may have, so that they come back as what they are; undefined where nothing is known.
 * A type has no writing of its own, but a zone or none, and a time with a zone is another moment than one without.
 */
export function stampsOf({ stamp, type }: ColumnForm = {}): readonly Stamp[] | undefined {
  if (stamp !== undefined) return [stamp]
  if (type === undefined) return undefined
  return /ZONE/.test(type) ? [' Z', 'TZ'] : [' ', 'T']
}

/** The largest whole number that no other one is rounded to on its way to float64. */
export const largestWhole = 2 ** 53 - 1

const wholeTypes: Readonly<Record<string, readonly [low: number, high: number]>> = {
  TINYINT: [-128, 127],
  SMALLINT: [-32_768, 32_767],
  INTEGER: [-(2 ** 31), 2 ** 31 - 1],
  BIGINT: [-largestWhole, largestWhole],
  HUGEINT: [-largestWhole, largestWhole],
  UTINYINT: [0, 255],
  USMALLINT: [0, 65_535],
  UINTEGER: [0, 2 ** 32 - 1],
  UBIGINT: [0, largestWhole],
  UHUGEINT: [0, largestWhole],
}

/** Decimals of seconds of the types of time that have fewer than six. */
const timeDecimals: Readonly<Record<string, number>> = { TIMESTAMP_S: 0, TIMESTAMP_MS: 3 }

/** Seconds around 1970 that 64 bits of nanoseconds reach. */
const nanoseconds = 9_223_372_036

/** Precision and scale of a DECIMAL type, undefined for another. */
export function decimalOf(type: string): { readonly precision: number; readonly scale: number } | undefined {
  const match = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(type)
  return match === null ? undefined : { precision: Number(match[1]), scale: Number(match[2]) }
}

/** Whether a column of this type and unit has whole numbers alone. */
export function isWholeType(type: string): boolean {
  return type in wholeTypes
}

/**
 * Whether a column so written can hold `value`. A column of text can hold every number.
 * @param value a finite number, in the column's unit
 */
export function canHold({ form, time }: Writing, value: number): boolean {
  if (time === 'days') return Number.isInteger(value)
  const type = form?.type
  if (time === 'seconds') {
    if (type === 'TIMESTAMP_NS' && Math.abs(value) >= nanoseconds) return false
    return roundTo(value, type === undefined ? 6 : (timeDecimals[type] ?? 6)) === value
  }
  if (type === undefined) return true
  const range = wholeTypes[type]
  if (range !== undefined) return Number.isInteger(value) && value >= range[0] && value <= range[1]
  if (type === 'FLOAT') return Math.fround(value) === value
  const decimal = decimalOf(type)
  if (decimal === undefined) return true
  const { precision, scale } = decimal
  return roundTo(value, scale) === value && Math.abs(value) < 10 ** (precision - scale)
}

/** `value` to `decimals` decimals (0 … 22), as the double nearest to that decimal; itself where float64 is coarser. */
export function roundTo(value: number, decimals: number): number {
  const power = 10 ** decimals
  const scaled = value * power
  return Math.abs(scaled) < largestWhole ? Math.round(scaled) / power + 0 : value
}

/**
 * SQL of the text that a double has in a CSV, or of the value whose text DuckDB writes.
 * @param cell SQL of a double without NULL
 */
export function writtenSql(cell: string, { form = {}, time }: Writing): string {
  // As text, a coarser type than TIMESTAMP would cut a later table's decimals off.
  if (time !== undefined)
    return form.type === undefined
      ? timeText(cell, form, time)
      : typedSql(cell, form.type in timeDecimals ? 'TIMESTAMP' : form.type, time)
  const { style, decimals } = form.type === undefined ? form : styleOf(form.type)
  if (form.type === 'FLOAT') return `${cell}::FLOAT`
  const whole = style === 'plain' || (style === 'fixed' && decimals === 0)
  const shortest = whole ? `regexp_replace(${cell}::VARCHAR, '\\.0$', '')` : `${cell}::VARCHAR`
  if (style !== 'fixed' || decimals === undefined) return shortest
  return (
    `CASE WHEN abs(${cell}) < 1e15 AND round(${cell}, ${decimals}) = ${cell} ` +
    `THEN format('{:.${decimals}f}', ${cell}) ELSE ${shortest} END`
  )
}

/** How DuckDB writes a type of numbers; as text, so that what does not fit the type is not rounded. */
function styleOf(type: string): Pick<ColumnForm, 'style' | 'decimals'> {
  if (isWholeType(type)) return { style: 'plain' }
  const decimal = decimalOf(type)
  return decimal === undefined ? { style: 'pointed' } : { style: 'fixed', decimals: decimal.scale }
}

/** SQL of a double as a value of `type`. */
export function typedSql(cell: string, type: string, time: TimeUnit | undefined): string {
  if (time === undefined) return `CAST(${cell} AS ${type})`
  if (time === 'days') return `CAST(${date(cell)} AS ${type})`
  // Through text, since a cast from TIMESTAMP to a type with a zone takes the zone of this machine.
  if (/ZONE/.test(type)) return `make_timestamptz(${microseconds(cell)})`
  return `CAST(make_timestamp(${microseconds(cell)}) AS ${type})`
}

const date = (cell: string) => `(DATE '1970-01-01' + CAST(${cell} AS INTEGER))`

const microseconds = (cell: string) =>
  `(trunc(${cell})::BIGINT * 1000000 + round((${cell} - trunc(${cell})) * 1000000)::BIGINT)`

function timeText(cell: string, { decimals = 0, stamp = ' ' }: ColumnForm, time: TimeUnit): string {
  if (time === 'days') return date(cell)
  const moment = `make_timestamp(${microseconds(cell)})`
  const seconds = `strftime(${moment}, '%Y-%m-%d${stamp[0]}%H:%M:%S')`
  // As many as the key's table had; as many as it takes, where a later one is finer.
  const digits = `strftime(${moment}, '%f')`
  const kept = `greatest(${decimals}, length(rtrim(${digits}, '0')))`
  const fraction = ` || CASE WHEN ${kept} = 0 THEN '' ELSE '.' || left(${digits}, ${kept}) END`
  return `${seconds}${fraction}${stamp.endsWith('Z') ? " || 'Z'" : ''}`
}
