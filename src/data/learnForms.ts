// One more pass over a file that nothing is known of: how each column is written, so that it can be written so again.
// Source: docs/reference/tables.md: values and types come back as they were.
// It refuses what may be a code among whole numbers; a form says nothing of single cells that are unlike the others.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../errors.ts'
import { matches, patterns } from './cells.ts'
import { cleanSql } from './cleanSql.ts'
import { ask } from './duckdb.ts'
import { type ColumnForm, decimalOf, isWholeType } from './form.ts'
import { type Plan, type PlannedColumn, used } from './planned.ts'
import { factsByCells, manyColumns } from './wide.ts'

/** Digits that every decimal keeps on its way through float64, and through float32. */
const safeDigits = { DOUBLE: 15, FLOAT: 6 } as const
/** Powers of ten up to this one are exact in float64. */
const mostDecimals = 22

// What a typed file writes is known; only how many decimals its doubles have is looked up, in so many rows.
const typedRows = 262_144

/** So many columns are looked at in one query: DuckDB plans a query in more than the square of its expressions. */
const groupColumns = 16

/** How fine the cells of a column are, where each has so few digits that its type keeps them all. */
export interface ColumnDigits {
  /** The most digits of a cell, without leading zeros, and the most decimals. */
  readonly most: number
  readonly decimals: number
  /** The smallest size of a cell that is not 0; absent where all are. */
  readonly smallest?: number | undefined
}

/** What is learned of a column: undefined where there is nothing to say. */
export interface Learned {
  readonly form: ColumnForm | undefined
  readonly digits: ColumnDigits | undefined
}

/**
 * The form of each column in use, and how fine its numbers are.
 * @throws FrostglassError `input` for a text such as 1E5 among whole numbers
 */
export async function learnForms(
  connection: DuckDBConnection,
  plan: Plan,
  drop: boolean,
): Promise<Learned[]> {
  const columns = used(plan)
  const most = plan.source.format === 'parquet' ? typedRows : undefined
  const look = !drop && columns.length > manyColumns ? lookByCells : lookByColumns
  const seen = await look(connection, plan, columns, { drop, most }, (column, j) => factsSql(plan, column, j))
  // Numbers with exponents are rare, and dear to take apart.
  const some = columns.flatMap((_, j) => ((seen[j] as Facts | undefined)?.exponents ? [j] : []))
  const found = await look(
    connection,
    plan,
    some.map((j) => columns[j]!),
    { drop, most },
    (_, j) => exponentSql(j),
  )
  const exponents = new Map(some.map((j, i) => [j, found[i]]))
  return columns.map((column, j) => {
    const known = (form: ColumnForm | undefined) => ({ form, digits: undefined })
    if (seen[j] === undefined) return known(typeForm(plan, column))
    if (column.time !== undefined) return known(timeForm(plan, column, seen[j]))
    const facts = { ...seen[j], ...exponents.get(j) }
    return { form: numberForm(plan, column, facts), digits: digitsOf(plan, column, facts) }
  })
}

type Look = (
  connection: DuckDBConnection,
  plan: Plan,
  columns: readonly PlannedColumn[],
  options: { readonly drop: boolean; readonly most: number | undefined },
  sqlOf: (column: PlannedColumn, j: number) => string | undefined,
) => Promise<readonly (Facts | undefined)[]>

/** What the aggregates of columns give; undefined where nothing is asked. */
const lookByColumns: Look = async (connection, plan, columns, { drop, most }, sqlOf) => {
  const places = new Map(used(plan).map((column, j) => [column.index, j]))
  const facts = columns.map((column) => sqlOf(column, places.get(column.index)!))
  const found: (Facts | undefined)[] = facts.map(() => undefined)
  const wanted = facts.flatMap((sql, j) => (sql === undefined ? [] : [j]))
  const clean = cleanSql(plan, { drop, texts: true })
  const rows = most === undefined ? clean : `(FROM ${clean} LIMIT ${most})`
  for (let from = 0; from < wanted.length; from += groupColumns) {
    const group = wanted.slice(from, from + groupColumns)
    const cells = group.map((j) => `struct_pack(${facts[j]})::JSON`)
    const [row] = await ask(connection, `SELECT ${cells.join(', ')} FROM ${rows}`)
    group.forEach((j, i) => {
      found[j] = JSON.parse(row![i] as string)
    })
  }
  return found
}

/** The same of a wide table. */
const lookByCells: Look = async (connection, plan, columns, { most }, sqlOf) => {
  const ask = (column: PlannedColumn) => {
    const sql = sqlOf(column, 0)
    return sql === undefined ? undefined : `struct_pack(${sql})::JSON`
  }
  const { facts } = await factsByCells(connection, { ...plan, columns, labels: [] }, ask, {
    texts: true,
    most,
  })
  return facts.map(([found]) => (found === undefined ? undefined : JSON.parse(found as string)))
}

/** What was seen of a column of numbers, or of times (`most` alone). */
interface Facts {
  readonly exponents: boolean
  /** Most and fewest decimals, most digits besides leading zeros; null where every cell is missing. */
  readonly most: number
  readonly least: number | null
  readonly digits: number
  /** Whether some whole numbers are written as 5, and as 5.0. */
  readonly bare: boolean
  readonly pointed: boolean
  /** The smallest size but 0; DuckDB's JSON has NULL where there is none. */
  readonly smallest?: number | null | undefined
  /** A text such as 1E5, and whether others have a point or a signed exponent. */
  readonly code?: string | null | undefined
  readonly marked?: boolean | undefined
}

function typeOf({ source }: Plan, { index }: PlannedColumn): string | undefined {
  const type = source.types[index]!
  if (source.format === 'csv' || type === 'VARCHAR') return undefined
  // JSON has numbers, texts and truth values, and no other types.
  return source.format === 'parquet' || type === 'BOOLEAN' ? type : undefined
}

/** Aggregates of a column whose cells have to be looked at. */
function factsSql(plan: Plan, column: PlannedColumn, j: number): string | undefined {
  if (column.readAs === 'text') return undefined
  const type = typeOf(plan, column)
  const [v, w] = [`v${j}`, `w${j}`]
  if (column.time !== undefined) {
    if (column.time === 'days') return undefined
    // A text's decimals are counted; of a type's they are those that some value needs.
    if (type === undefined)
      return `most := ${mostOf(`CASE WHEN contains(${w}, '.') THEN length(rtrim(${w}, 'Z')) - strpos(${w}, '.') ELSE 0 END`)}`
    return `most := CASE WHEN bool_and(${v} = round(${v})) THEN 0 WHEN bool_and(${v} = round(${v}, 3)) THEN 3 ELSE 6 END`
  }
  if (type !== undefined && type !== 'DOUBLE' && type !== 'FLOAT') return undefined
  const exponent = `(contains(${w}, 'e') OR contains(${w}, 'E'))`
  // A missing cell has no writing, whatever its text.
  const decimals = `CASE WHEN ${v} IS NULL THEN NULL WHEN contains(${w}, '.') THEN length(${w}) - strpos(${w}, '.') ELSE 0 END`
  return [
    `exponents := bool_or(${exponent})`,
    `most := ${mostOf(decimals)}`,
    `least := min(${decimals})`,
    `digits := ${mostOf(`length(replace(ltrim(${w}, '+-0.'), '.', ''))`)}`,
    `bare := bool_or(${v} IS NOT NULL AND NOT contains(${w}, '.') AND NOT ${exponent})`,
    `pointed := bool_or(suffix(${w}, '.0'))`,
    `smallest := min(CASE WHEN ${v} <> 0 THEN abs(${v}) END)`,
  ].join(', ')
}

const mostOf = (number: string) => `coalesce(max(${number}), 0)`

/** The same of texts with exponents: 1.25e-3 has five decimals, 1.25e+1 one, and 1.25e+5 none. */
function exponentSql(j: number): string {
  const w = `w${j}`
  const mantissa = `regexp_replace(${w}, '[eE].*$', '')`
  const shift = `coalesce(TRY_CAST(regexp_extract(${w}, '[eE](.*)$', 1) AS INTEGER), 0)`
  const decimals = `greatest(0, length(regexp_extract(${mantissa}, '\\.([0-9]*)', 1)) - ${shift})`
  return [
    `most := ${mostOf(decimals)}`,
    `digits := ${mostOf(`length(ltrim(replace(ltrim(${mantissa}, '+-'), '.', ''), '0'))`)}`,
    `code := min(${w}) FILTER (${matches(w, patterns.bareExponent)})`,
    `marked := bool_or(contains(${w}, '.') OR regexp_matches(${w}, '[eE][+-]'))`,
  ].join(', ')
}

function numberForm(plan: Plan, column: PlannedColumn, facts: Facts): ColumnForm {
  const { exponents, most, least, digits, bare, pointed, code, marked } = facts
  if (typeof code === 'string' && !marked && !column.loose)
    throw new FrostglassError(
      'input',
      `${plan.source.path}, column ${column.name}: "${code}" among whole numbers is a code, or a number in another writing`,
      'Take the column as --categorical, or as --numeric.',
    )
  const type = typeOf(plan, column)
  const wholes = most === 0 && !exponents
  const safe = digits <= safeDigits[type === 'FLOAT' ? type : 'DOUBLE']
  const decimals = most <= mostDecimals && ((wholes && type !== 'FLOAT') || safe) ? { decimals: most } : {}
  if (type !== undefined) return { type, ...decimals }
  if (!exponents && most === least && 'decimals' in decimals) return { ...decimals, style: 'fixed' }
  return { ...decimals, style: pointed && !bare ? 'pointed' : 'plain' }
}

function digitsOf(
  plan: Plan,
  column: PlannedColumn,
  { digits, most, smallest }: Facts,
): ColumnDigits | undefined {
  if (digits > safeDigits[typeOf(plan, column) === 'FLOAT' ? 'FLOAT' : 'DOUBLE']) return undefined
  return { most: digits, decimals: most, smallest: smallest == null ? undefined : smallest }
}

function timeForm(plan: Plan, column: PlannedColumn, { most }: Pick<Facts, 'most'>): ColumnForm {
  const type = typeOf(plan, column)
  return { ...(type === undefined ? { stamp: column.stamp ?? ' ' } : { type }), decimals: most }
}

/** What the type alone says. */
function typeForm(plan: Plan, column: PlannedColumn): ColumnForm | undefined {
  const type = typeOf(plan, column)
  if (column.time === 'days') return { type, decimals: 0 }
  if (type === undefined) return undefined
  if (column.readAs === 'text') return { type }
  if (isWholeType(type)) return { type, decimals: 0 }
  const decimal = decimalOf(type)
  return decimal === undefined ? { type } : { type, decimals: decimal.scale }
}
