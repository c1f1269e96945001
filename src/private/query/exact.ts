// The exact part of a query, in DuckDB: filter, hold to the grid, bound what each unit adds, add up. All in integers.
// Source: docs/explanation/private-queries.md; SHA-256 of a fresh random salt and what a row holds stands for a random order of a unit's rows.
// Its results are raw: they go to the noise and nowhere else, and its errors say nothing of what was read.

import { randomBytes } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import { doubleLiteral, literal } from '../../data/duckdb.ts'
import type { Key } from './aggregates.ts'
import { heldSql, onGridSql } from './grid.ts'
import { SALT } from './joins.ts'
import { cellsOf } from './moments.ts'
import type { QueryPlan } from './plan.ts'

/** A group's raw answers: integers for each release, in its own order; records for quantiles. */
export interface ExactGroup {
  readonly keys: readonly (string | number | null)[]
  readonly parts: readonly (readonly bigint[] | Float64Array)[]
}

/** Groups that have rows, by `groupId` of their keys. */
export type ExactGroups = ReadonlyMap<string, ExactGroup>

/** The same text for the same keys. */
export const groupId = (keys: readonly (string | number | null)[]): string => JSON.stringify(keys)

/**
 * Computes what the plan wants, exactly, on a connection where its public tables are (`plan.setup`).
 * @param salt of the order in which rows of a unit are chosen; from the operating system unless a test gives it.
 * @throws whatever DuckDB throws, which may quote cells: it is not to be told.
 */
export async function exactGroups(
  connection: DuckDBConnection,
  plan: QueryPlan,
  salt: Uint8Array = randomBytes(32),
): Promise<ExactGroups> {
  await connection.run(`SET VARIABLE salt = ${literal(Buffer.from(salt).toString('hex'))}`)
  let rows = `(${rowsSql(plan)})`
  if (plan.unit !== undefined) {
    await connection.run(`CREATE OR REPLACE TEMP TABLE bounded AS ${boundedSql(plan, rows)}`)
    rows = 'bounded'
  }
  const keys = plan.keys.map((_, i) => `k${i}`)
  const by = keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`
  const columns = plan.values.flatMap((_, i) => columnsOf(plan, i))
  const all = await rowsOf(
    connection,
    `SELECT ${[...keys, 'count(*)', ...columns].join(', ')} FROM ${rows}${by}`,
  )
  const records = new Map<number, Map<string, Float64Array>>()
  for (const release of plan.releases)
    if (release.kind === 'quantile')
      records.set(release.values, await recordsOf(connection, plan, release.values, rows))
  const groups = new Map<string, ExactGroup>()
  for (const row of all) {
    const cells = row.slice(0, keys.length) as (string | number | null)[]
    const id = groupId(cells)
    const parts = plan.releases.map((release) => {
      if (release.kind === 'quantile') return records.get(release.values)!.get(id) ?? new Float64Array(0)
      const count = row[keys.length] as bigint
      if (release.kind === 'moments' && release.values === undefined) return [count]
      const [present, first, second] = row.slice(keys.length + 1 + 3 * release.values!) as [
        bigint,
        bigint,
        bigint,
      ]
      const grid = plan.values[release.values!]!.grid
      if (release.kind === 'distinct') return [first]
      if (release.kind === 'sum') return [first + grid!.low * present]
      return cellsOf(
        { rows: count, present, first, second },
        release.degree,
        grid?.steps ?? 1n,
        release.missing,
      )
    })
    groups.set(id, { keys: cells, parts })
  }
  return groups
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows()
}

/** How many values, the sum of T (or how many distinct ones), and the sum of T². */
function columnsOf({ releases }: QueryPlan, i: number): string[] {
  const release = releases.find((one) => one.values === i)!
  const present = `count(e${i})`
  if (release.kind === 'distinct') return [present, `count(DISTINCT e${i})`, '0::HUGEINT']
  if (release.kind === 'quantile' || (release.kind === 'moments' && release.degree === 0))
    return [present, '0::HUGEINT', '0::HUGEINT']
  const squares = release.kind === 'moments' && release.degree === 2
  return [
    present,
    `coalesce(sum(e${i}), 0)::HUGEINT`,
    squares ? `coalesce(sum(e${i}::HUGEINT * e${i}::HUGEINT), 0)::HUGEINT` : '0::HUGEINT',
  ]
}

/** Rows as the releases want them: k0, k1, … keys, e0, e1, … values, u the unit. Every step is of each row alone. */
export function rowsSql({ relation, unit, where, keys, values, groups }: QueryPlan): string {
  const u = unit === undefined ? [] : ['u']
  const raw = [
    ...(unit === undefined ? [] : [`${unit} AS u`]),
    ...keys.map(({ sql }, i) => `${sql} AS k${i}`),
    ...values.map(({ sql }, i) => `${sql} AS e${i}`),
  ]
  const cleaned = [
    ...u,
    ...keys.map((key, i) => `${keySql(key, `k${i}`)} AS k${i}`),
    ...values.map(({ grid }, i) => (grid ? `${onGridSql(`e${i}`, grid)} AS e${i}` : `e${i}`)),
  ]
  const held = [
    ...u,
    ...keys.map((_, i) => `k${i}`),
    ...values.map(({ grid }, i) => (grid ? `${heldSql(`e${i}`, grid)} AS e${i}` : `e${i}`)),
  ]
  const kept = [
    ...(unit === undefined ? [] : ['u IS NOT NULL']),
    ...(groups === undefined ? [] : keys.map((_, i) => `k${i} IN (${keyList(groups, i)})`)),
  ]
  const one = raw.length === 0 ? '1' : ''
  return (
    `SELECT ${held.join(', ') || one} FROM (SELECT ${cleaned.join(', ') || one} FROM ` +
    `(SELECT ${raw.join(', ') || one} FROM ${relation}${where === undefined ? '' : ` WHERE ${where}`}))` +
    `${kept.length === 0 ? '' : ` WHERE ${kept.join(' AND ')}`}`
  )
}

/**
 * A key, computed once before: a text without byte-order marks at its beginning, which are lost on the way to JavaScript, so that two
 * groups here would be one there; a number that is not finite is none, and −0 is 0; of a histogram the number of its bin.
 */
function keySql({ form, edges }: Key, key: string): string {
  if (form === 'text') return `ltrim(${key}, chr(65279))`
  if (edges === undefined) return `(CASE WHEN isfinite(${key}) THEN ${key} + 0::DOUBLE END)`
  const arms = edges.map((edge, i) => `WHEN ${key} <= ${doubleLiteral(edge)} THEN ${i}::DOUBLE`)
  return `(CASE ${arms.join(' ')} WHEN ${key} IS NOT NULL AND NOT isnan(${key}) THEN ${edges.length}::DOUBLE END)`
}

function keyList(groups: readonly (readonly (string | number)[])[], i: number): string {
  const distinct = [...new Set(groups.map((group) => group[i]!))]
  return distinct.map((key) => (typeof key === 'number' ? doubleLiteral(key) : literal(key))).join(', ')
}

/**
 * Of each unit at most so many groups, and at most so many rows in each, in an order that a fresh salt makes random. Which
 * rows of a unit stay follows from the salt and from what its own rows hold, not from where they stand or what others hold:
 * rows that are equal in all that counts are numbered, and one is as good as another (PROOF.md, "One unit").
 */
function boundedSql({ keys, values, perUnit }: QueryPlan, rows: string): string {
  const names = keys.map((_, i) => `k${i}`)
  const all = ['u', ...names, ...values.map((_, i) => `e${i}`)]
  // Rows that have the same hash are ordered by what they hold: the hash is there for chance alone.
  const hash = (what: string, parts: readonly string[]) =>
    `substring(sha256(concat_ws('/', ${[SALT, literal(what), ...parts.map((part) => `coalesce(${part}::VARCHAR, '')`)].join(', ')})), 1, 16)`
  const numbered = `SELECT ${all.join(', ')}, unnest(range(count(*))) AS n FROM ${rows} GROUP BY ${all.join(', ')}`
  const ranked =
    names.length === 0
      ? numbered
      : `SELECT * EXCLUDE (g) FROM (SELECT *, dense_rank() OVER (PARTITION BY u ORDER BY ` +
        `${[hash('g', ['u', ...names]), ...names].join(', ')}) AS g FROM (${numbered})) WHERE g <= ${perUnit.groups}`
  return (
    `SELECT * EXCLUDE (r, n) FROM (SELECT *, row_number() OVER (PARTITION BY ${['u', ...names].join(', ')} ` +
    `ORDER BY ${[hash('r', [...all, 'n']), ...all, 'n'].join(', ')}) AS r FROM (${ranked})) WHERE r <= ${perUnit.rows}`
  )
}

/** The records of a quantile by group, each as often as it is there. */
async function recordsOf(
  connection: DuckDBConnection,
  { keys }: QueryPlan,
  i: number,
  rows: string,
): Promise<Map<string, Float64Array>> {
  const columns = [...keys.map((_, j) => `k${j}`), `e${i}`].join(', ')
  const counts = await rowsOf(
    connection,
    `SELECT ${columns}, count(*) FROM ${rows} WHERE e${i} IS NOT NULL GROUP BY ${columns}`,
  )
  const byGroup = new Map<string, (readonly [value: number, times: number])[]>()
  for (const row of counts) {
    const id = groupId(row.slice(0, keys.length) as (string | number | null)[])
    const rowsOfGroup = byGroup.get(id) ?? []
    rowsOfGroup.push([Number(row[keys.length]), Number(row[keys.length + 1])])
    byGroup.set(id, rowsOfGroup)
  }
  return new Map(
    [...byGroup].map(([id, rowsOfGroup]) => {
      const all = new Float64Array(rowsOfGroup.reduce((sum, [, times]) => sum + times, 0))
      let at = 0
      for (const [value, times] of rowsOfGroup) {
        all.fill(value, at, at + times)
        at += times
      }
      return [id, all]
    }),
  )
}
