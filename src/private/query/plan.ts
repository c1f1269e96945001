// The plan of a query: which releases answer it, of what sensitivity, and at what share of ε. It knows nothing of rows.
// Source: docs/explanation/private-queries.md; moments.ts says why one release answers COUNT, SUM, AVG and VARIANCE of a column together.
// Adjacent tables differ by one unit: all rows of one value of the unit's column, or one row where none is named. PROOF.md.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../../errors.ts'
import { requireUnitColumn } from '../ledger/request.ts'
import { exactly, quotient, type Rational, rational } from '../mechanisms/rational.ts'
import { type Key, type SelectList, selectListOf } from './aggregates.ts'
import { type Budget, type NoiseLaw, noiseBudget } from './budget.ts'
import { expressionOf, type Scope } from './expression.ts'
import { requireBounds } from './grid.ts'
import { type JoinOptions, openTables, type Tables } from './joins.ts'
import { privateThreshold } from './keys.ts'
import { marginOf, quantileSlots } from './order.ts'
import { publicKeys } from './publicKeys.ts'
import type { Bounds } from './ranges.ts'
import type { PerUnit, Release, Values } from './release.ts'
import { type PlannedAnswer, releasesOf, type Unpaid } from './shape.ts'
import { parseStatement, refuse, type Statement } from './statement.ts'
import { as } from './typed.ts'

/** What a query is asked with. None of it may depend on the data. */
export interface QueryOptions extends JoinOptions {
  /** ε of the whole query, nats. */
  readonly epsilon: number
  /** δ, needed where keys are private and for Gaussian noise, and of no use else. */
  readonly delta?: number | undefined
  /** The law of the noise; 'laplace' unless given. */
  readonly noise?: NoiseLaw | undefined
  /** The column that says whose each row is; unless given, each row is somebody's only one. */
  readonly unit?: string | undefined
  /** How many rows of a unit count in each group, chosen at random; 1 unless given. */
  readonly rowsPerUnit?: number | undefined
  /** In how many groups a unit counts, chosen at random; 1 unless given. */
  readonly groupsPerUnit?: number | undefined
  /** Where numbers of columns, or of answers by name, are held to lie. */
  readonly bounds?: Readonly<Record<string, Bounds>> | undefined
  /** This share of ε finds bounds of the columns that have none stated; without it those are refused. */
  readonly privateBounds?: number | undefined
  /** Keys that are public, by column of GROUP BY: all of these are answered, and no others. */
  readonly keys?: Readonly<Record<string, readonly (string | number)[]>> | undefined
  /** How often error bars hold, 0.95 unless given. */
  readonly level?: number | undefined
  /** How a file without types is read. */
  readonly header?: boolean | undefined
  readonly delimiter?: string | undefined
  /** Names of the columns of JSON, of a file without a line of names, or of a Parquet file whose types are to be ignored. */
  readonly columns?: readonly string[] | undefined
  readonly nullText?: readonly string[] | undefined
}

/** A column whose bounds are to be found. */
export interface Pending {
  readonly column: string
  /** SQL of its numbers. */
  readonly number: string
  readonly epsilon: Rational
}

/** All that is known of a query before its rows are read. Plain data: it travels to another process. */
export interface QueryPlan {
  readonly sql: string
  /** SQL that makes public tables, and what follows FROM. */
  readonly setup: readonly string[]
  readonly relation: string
  /** SQL of the unit that a row belongs to, and the name of its column. */
  readonly unit: string | undefined
  readonly unitName: string | undefined
  readonly perUnit: PerUnit
  readonly where: string | undefined
  readonly list: SelectList
  readonly keys: readonly Key[]
  readonly values: readonly Values[]
  readonly releases: readonly Release[]
  readonly answers: readonly PlannedAnswer[]
  /** All groups that are answered, where their keys are public; undefined where those are private. */
  readonly groups: readonly (readonly (string | number)[])[] | undefined
  /** Of private keys: which release counts a group's rows, and from how many (noisy) on it is told. */
  readonly threshold?:
    | { readonly release: number; readonly least: number; readonly delta: number }
    | undefined
  /** Columns whose bounds are found privately first; those in `values` stand in until they are. */
  readonly pending: readonly Pending[]
  readonly epsilon: number
  /** All of δ: what keys take, and what Gaussian noise does. */
  readonly delta: number
  /** ρ of all releases together, where their noise is Gaussian. */
  readonly rho?: number | undefined
  readonly level: number
}

/** A query that is parsed, and its tables, of which the form alone is looked at. */
export interface ReadQuery {
  readonly sql: string
  readonly statement: Statement
  readonly tables: Tables
  readonly options: QueryOptions
}

/**
 * Parses a query and opens its tables. Of private ones no row is read.
 * @throws FrostglassError `unsupported` naming the clause that is not understood; `usage` for options that do not fit;
 * `input` for a file that is no table.
 */
export async function readQuery(
  connection: DuckDBConnection,
  path: string,
  sql: string,
  options: QueryOptions,
): Promise<ReadQuery> {
  const statement = await parseStatement(connection, sql)
  const tables = await openTables(connection, path, statement.from, options.unit, options)
  if (![tables.name.toLowerCase(), 'data'].includes(statement.from.table.toLowerCase()))
    throw refuse(
      `the table ${statement.from.table}`,
      'the file that is asked is called data, or by its name without the ending',
      'Write FROM data.',
    )
  return { sql, statement, tables, options }
}

/**
 * Plans a query.
 * @param found bounds that were found privately for the plan's pending columns.
 * @throws FrostglassError `unsupported` naming what is not understood; `usage` for options that do not fit, and for a column
 * without bounds where a sum wants them.
 */
export function planQuery(
  { sql, statement, tables, options }: ReadQuery,
  found: ReadonlyMap<string, Bounds> = new Map(),
): QueryPlan {
  requireUnitColumn(options.unit)
  const bounds = boundsByName(options.bounds ?? {}, tables)
  const unit = options.unit === undefined ? undefined : tables.column(options.unit, statement.from.alias)
  const level = levelOf(options.level)
  const start = { table: tables, bounds: bounds.columns, clamped: true }
  const selected = selectedOf(statement, start, options, bounds.answers, unit?.name, found)
  const { scope, list, perUnit, groups, shape, used, pending } = selected
  const where =
    statement.where && as('truth', expressionOf(statement.where, { ...scope, clamped: false }), 'WHERE')
  const unknown = [...bounds.answers.keys()].find((name) => !used.has(name))
  if (unknown !== undefined) tables.column(unknown)
  const budget = noiseBudget(options, {
    keys: groups === undefined ? list.keys[0]!.name : undefined,
    quantiles: shape.releases.some(({ kind }) => kind === 'quantile'),
    boundsShare: pending.length === 0 ? undefined : shareOf(options.privateBounds!),
  })
  const releases = sharedOut(shape.releases, budget)
  let threshold: QueryPlan['threshold']
  if (groups === undefined) {
    const delta = budget.deltaOfKeys
    const least = privateThreshold(releases[shape.counted!]!, shape.values, perUnit, delta)
    threshold = { release: shape.counted!, least, delta }
  }
  for (const release of releases)
    if (release.kind === 'quantile')
      for (const slot of quantileSlots(release, shape.values[release.values]!, perUnit, level)) marginOf(slot)
  return Object.freeze({
    sql,
    setup: tables.setup(),
    relation: tables.relation(),
    unit: unit?.identity,
    unitName: unit?.name,
    perUnit,
    where,
    list,
    keys: list.keys,
    values: shape.values,
    releases,
    answers: shape.answers,
    groups,
    threshold,
    pending: pending.map((column) => ({
      column,
      number: tables.column(column).number!,
      epsilon: quotient(budget.ofBounds, rational(BigInt(pending.length))),
    })),
    epsilon: options.epsilon,
    delta: budget.delta,
    rho: budget.rho,
    level,
  })
}

/** Every release gets the same share: of ε, or of ρ. */
function sharedOut(releases: readonly Unpaid<Release>[], { rho, ofReleases }: Budget): Release[] {
  const count = rational(BigInt(releases.length))
  if (rho === undefined)
    return releases.map((release) => ({ ...release, epsilon: quotient(ofReleases, count) }) as Release)
  return releases.map((release) => ({ ...release, rho: quotient(exactly(rho), count) }) as Release)
}

/** `readQuery`, and its plan. @throws as both. */
export async function planOf(
  connection: DuckDBConnection,
  path: string,
  sql: string,
  options: QueryOptions,
): Promise<QueryPlan> {
  return planQuery(await readQuery(connection, path, sql, options))
}

/** The select list with its releases. Columns without bounds get those that were found, or 0 … 1 until they are. */
function selectedOf(
  statement: Statement,
  start: Scope,
  options: QueryOptions,
  answers: ReadonlyMap<string, Bounds>,
  unit: string | undefined,
  found: ReadonlyMap<string, Bounds>,
) {
  const columns = new Map(start.bounds)
  const pending: string[] = []
  // Ranges of expressions follow from those of their columns, so one column without bounds may hide another.
  for (;;) {
    const scope = { ...start, bounds: columns }
    const list = selectListOf(statement, scope)
    const perUnit = contributions(options, list.keys.length > 0)
    const groups = publicKeys(list.keys, options.keys ?? {})
    const [used, unbounded] = [new Set<string>(), new Set<string>()]
    const shape = releasesOf(list, groups === undefined, {
      bounds: answers,
      unit,
      rowsPerUnit: perUnit.rows,
      used,
      unbounded,
    })
    if (unbounded.size === 0) return { scope, list, perUnit, groups, shape, used, pending }
    for (const name of unbounded) {
      const column = start.table.has(name) ? start.table.column(name) : undefined
      if (options.privateBounds === undefined || column?.number === undefined || columns.has(column.name))
        throw new FrostglassError(
          'usage',
          `column ${name} has no bounds, and without them one person could move the answer by anything`,
          `Say where its values lie, from what you know and not from the data: --bounds ${name}=0:100.`,
        )
      pending.push(column.name)
      columns.set(column.name, found.get(column.name) ?? { lower: 0, upper: 1 })
    }
  }
}

function shareOf(share: number): Rational {
  if (share >= 0.01 && share <= 0.9) return exactly(share)
  throw new FrostglassError(
    'usage',
    `the share of ε for bounds lies from 0.01 to 0.9, but ${share} came`,
    'Take 0.2.',
  )
}

function boundsByName(given: Readonly<Record<string, Bounds>>, table: Tables) {
  const columns = new Map<string, Bounds>()
  const answers = new Map<string, Bounds>()
  for (const [name, bounds] of Object.entries(given)) {
    requireBounds(name, bounds)
    if (!table.has(name)) answers.set(name.toLowerCase(), bounds)
    else {
      const column = table.column(name)
      if (column.number === undefined)
        throw new FrostglassError(
          'usage',
          `column ${column.name} does not hold numbers: it has no bounds`,
          'Leave them out.',
        )
      columns.set(column.name, bounds)
    }
  }
  return { columns, answers }
}

function contributions(options: QueryOptions, grouped: boolean): PerUnit {
  const { unit, rowsPerUnit = 1, groupsPerUnit = 1 } = options
  for (const [name, value, given] of [
    ['rows-per-unit', rowsPerUnit, options.rowsPerUnit],
    ['groups-per-unit', groupsPerUnit, options.groupsPerUnit],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < 1 || value > 1_000_000)
      throw new FrostglassError(
        'usage',
        `${name} is a whole number from 1 to a million`,
        'Give how much of one person may count.',
      )
    if (given !== undefined && unit === undefined)
      throw new FrostglassError(
        'usage',
        `${name} needs a privacy unit: without one each row is a person`,
        'Name the column that says whose each row is (--privacy-unit).',
      )
  }
  if (!grouped && options.groupsPerUnit !== undefined)
    throw new FrostglassError(
      'usage',
      'groups-per-unit needs groups, and this query has none',
      'Leave it out.',
    )
  return { rows: rowsPerUnit, groups: groupsPerUnit }
}

function levelOf(level = 0.95): number {
  if (level >= 0.5 && level <= 0.9999) return level
  throw new FrostglassError(
    'usage',
    `the level of error bars lies from 0.5 to 0.9999, but ${level} came`,
    'Take 0.95.',
  )
}
