// One more pass over a file that nothing is known of: how each column is written, so that it can be written so again.
// Source: issue "Tables that come back as they went", section 1: values and types come back as they were.
// It refuses what may be a code among whole numbers; a form says nothing of single cells that are unlike the others.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../errors.ts'
import { matches, patterns } from './cells.ts'
import { ask } from './duckdb.ts'
import { decimalOf, type Form, isWholeType } from './form.ts'
import { cleanSql, type Plan, type PlannedColumn, used } from './plan.ts'

/** Digits that every decimal keeps on its way through float64. */
const safeDigits = 15
/** Powers of ten up to this one are exact in float64. */
const mostDecimals = 22

/**
 * The form of each column in use; undefined where there is nothing to say.
 * @throws FrostglassError `input` for a text such as 1E5 among whole numbers
 */
export async function learnForms(
  connection: DuckDBConnection,
  plan: Plan,
  drop: boolean,
): Promise<(Form | undefined)[]> {
  const columns = used(plan)
  const facts = columns.map((column, j) => factsSql(plan, column, j))
  if (facts.every((sql) => sql === undefined)) return columns.map((column) => typeForm(plan, column))
  const wanted = facts.filter((sql) => sql !== undefined)
  const [row] = await ask(
    connection,
    `SELECT ${wanted.join(', ')} FROM ${cleanSql(plan, { drop, texts: true })}`,
  )
  let at = 0
  return columns.map((column, j) => {
    if (facts[j] === undefined) return typeForm(plan, column)
    const found = row!.slice(at, at + width)
    at += width
    return column.time === undefined ? numberForm(plan, column, found) : timeForm(plan, column, found)
  })
}

const width = 8

function typeOf({ source }: Plan, { index }: PlannedColumn): string | undefined {
  const type = source.types[index]!
  if (source.format === 'csv' || type === 'VARCHAR') return undefined
  // JSON has numbers, texts and truth values, and no other types.
  return source.format === 'parquet' || type === 'BOOLEAN' ? type : undefined
}

/** Aggregates of a column whose cells have to be looked at, as many as `width`. */
function factsSql(plan: Plan, column: PlannedColumn, j: number): string | undefined {
  if (column.readAs === 'text') return undefined
  const type = typeOf(plan, column)
  const [v, w] = [`v${j}`, `trim(w${j})`]
  const count = (condition: string) => `(count(*) FILTER (${condition}))::DOUBLE`
  if (column.time !== undefined) {
    if (column.time === 'days') return undefined
    // A text's decimals are counted; of a type's they are those that some value needs.
    const decimals =
      type === undefined
        ? [`max(length(regexp_extract(w${j}, '\\.([0-9]*)', 1)))::DOUBLE`]
        : [
            `CASE WHEN bool_and(${v} = round(${v})) THEN 0 WHEN bool_and(${v} = round(${v}, 3)) THEN 3 ELSE 6 END`,
          ]
    return [...decimals, ...Array.from({ length: width - 1 }, () => 'NULL')].join(', ')
  }
  if (type !== undefined && type !== 'DOUBLE') return undefined
  const finite = `isfinite(${v})`
  const mantissa = `regexp_replace(${w}, '[eE].*$', '')`
  // 1.25e-3 has five decimals, 1.25e+1 one, and 1.25e+5 none.
  const shift = `coalesce(TRY_CAST(regexp_extract(${w}, '[eE](.*)$', 1) AS INTEGER), 0)`
  const decimals = `greatest(0, length(regexp_extract(${mantissa}, '\\.([0-9]*)', 1)) - ${shift})`
  const digits = `length(ltrim(replace(ltrim(${mantissa}, '+-'), '.', ''), '0'))`
  return [
    count(`${finite} AND regexp_matches(${w}, '[eE]')`),
    `(max(${decimals}) FILTER (${finite}))::DOUBLE`,
    `(min(${decimals}) FILTER (${finite}))::DOUBLE`,
    `(max(${digits}) FILTER (${finite}))::DOUBLE`,
    `bool_and(${w} = ${v}::VARCHAR)`,
    `bool_and(${w} = regexp_replace(${v}::VARCHAR, '\\.0$', ''))`,
    `min(${w}) FILTER (${matches(w, patterns.bareExponent)})`,
    count(`contains(${w}, '.') OR regexp_matches(${w}, '[eE][+-]')`),
  ].join(', ')
}

function numberForm(plan: Plan, column: PlannedColumn, facts: readonly unknown[]): Form {
  const [exponents, most, least, digits, pointed, plain, bare, points] = facts as [
    number,
    number | null,
    number | null,
    number | null,
    boolean | null,
    boolean | null,
    string | null,
    number,
  ]
  if (bare !== null && points === 0 && !column.loose)
    throw new FrostglassError(
      'input',
      `${plan.source.path}, column ${column.name}: "${bare}" among whole numbers is a code, or 100000 in another writing`,
      { hint: 'take the column as --categorical, or as --numeric' },
    )
  const type = typeOf(plan, column)
  const typed = type === undefined ? {} : { type }
  const wholes = most === 0 && exponents === 0
  const exact = most !== null && most <= mostDecimals && (wholes || (digits ?? 0) <= safeDigits)
  const decimals = exact ? { decimals: most } : {}
  if (type !== undefined) return { ...typed, ...decimals }
  const style =
    exact && exponents === 0 && most === least
      ? 'fixed'
      : pointed === true && plain !== true
        ? 'pointed'
        : 'plain'
  return { ...decimals, style }
}

function timeForm(plan: Plan, column: PlannedColumn, [decimals]: readonly unknown[]): Form {
  const type = typeOf(plan, column)
  return {
    ...(type === undefined ? { stamp: column.stamp ?? ' ' } : { type }),
    decimals: Number(decimals ?? 0),
  }
}

/** What the type alone says. */
function typeForm(plan: Plan, column: PlannedColumn): Form | undefined {
  const type = typeOf(plan, column)
  if (column.time === 'days') return { ...(type === undefined ? {} : { type }), decimals: 0 }
  if (type === undefined) return undefined
  if (column.readAs === 'text') return { type }
  if (isWholeType(type)) return { type, decimals: 0 }
  const decimal = decimalOf(type)
  return decimal === undefined ? { type } : { type, decimals: decimal.scale }
}
