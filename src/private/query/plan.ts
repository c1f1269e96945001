// The plan of a query: which releases answer it, of what sensitivity, and at what share of ε. It knows nothing of rows.
// Source: docs/query.md; moments.ts says why one release answers COUNT, SUM, AVG and VARIANCE of a column together.
// Adjacent tables differ by one unit: all rows of one value of the unit's column, or one row where none is named.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../../errors.ts'
import { exactly, positive, product, quotient, type Rational, rational, sum } from '../mechanisms/rational.ts'
import { type Key, type SelectList, selectListOf } from './aggregates.ts'
import { openQueryTable, type QueryTable } from './columns.ts'
import { as, type Bounds, expressionOf, type Scope } from './expression.ts'
import { privateThreshold, requireDeltaForKeys } from './keys.ts'
import { marginOf, quantileSlots } from './order.ts'
import type { Pending } from './privateBounds.ts'
import { publicKeys } from './publicKeys.ts'
import type { PerUnit, Release, Values } from './release.ts'
import { type PlannedAnswer, releasesOf } from './shape.ts'
import { parseStatement, refuse, type Statement } from './statement.ts'

/** What a query is asked with. None of it may depend on the data. */
export interface QueryOptions {
  /** ε of the whole query, nats. */
  readonly epsilon: number
  /** δ, needed where keys are private, and of no use else. */
  readonly delta?: number | undefined
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
  readonly nullText?: readonly string[] | undefined
}

/** All that is known of a query before its table is read. */
export interface QueryPlan {
  readonly sql: string
  readonly table: QueryTable
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
  readonly threshold?: { readonly release: number; readonly least: number; readonly delta: number }
  /** Columns whose bounds are found privately first; those in `values` stand in until they are. */
  readonly pending: readonly Pending[]
  readonly epsilon: number
  readonly delta: number
  readonly level: number
}

/**
 * Plans a query on a table file, whose names and types alone are looked at.
 * @param found bounds that were found privately for the plan's pending columns.
 * @throws FrostglassError `unsupported` naming the clause that is not understood; `usage` for options that do not fit, and
 * for a column without bounds where a sum wants them; `input` for a file that is no table.
 */
export async function planOf(
  connection: DuckDBConnection,
  path: string,
  sql: string,
  options: QueryOptions,
  found: ReadonlyMap<string, Bounds> = new Map(),
): Promise<QueryPlan> {
  const epsilon = epsilonOf(options.epsilon)
  const statement = await parseStatement(connection, sql)
  const { header, nullText } = options
  const table = await openQueryTable(connection, path, {
    ...(header === undefined ? {} : { header }),
    ...(nullText === undefined ? {} : { nullText }),
  })
  if (![table.name.toLowerCase(), 'data'].includes(statement.from.table.toLowerCase()))
    throw refuse(
      `the table ${statement.from.table}`,
      'the file that is asked is called data, or by its name without the ending',
      'write FROM data',
    )
  const bounds = boundsByName(options.bounds ?? {}, table)
  const unit = options.unit === undefined ? undefined : table.column(options.unit)
  const level = levelOf(options.level)
  const start = { table, alias: statement.from.alias, bounds: bounds.columns, clamped: true }
  const selected = selectedOf(statement, start, options, bounds.answers, unit?.name, found)
  const { scope, list, perUnit, groups, shape, used, pending } = selected
  const where =
    statement.where && as('truth', expressionOf(statement.where, { ...scope, clamped: false }), 'WHERE')
  const unknown = [...bounds.answers.keys()].find((name) => !used.has(name))
  if (unknown !== undefined) table.column(unknown)
  const forBounds = product(epsilon, pending.length === 0 ? rational(0n) : shareOf(options.privateBounds!))
  const left = sum(epsilon, rational(-forBounds.numerator, forBounds.denominator))
  const share = quotient(left, rational(BigInt(shape.releases.length)))
  const releases = shape.releases.map((release) => ({ ...release, epsilon: share }))
  let threshold: QueryPlan['threshold']
  if (groups === undefined) {
    const delta = requireDeltaForKeys(options.delta, list.keys[0]!.name)
    const least = privateThreshold(releases[shape.counted!]!, shape.values, perUnit, delta)
    threshold = { release: shape.counted!, least, delta }
  }
  for (const release of releases)
    if (release.kind === 'quantile')
      for (const slot of quantileSlots(release, shape.values[release.values]!, perUnit, level)) marginOf(slot)
  return Object.freeze({
    sql,
    table,
    unit: unit?.text,
    unitName: unit?.name,
    perUnit,
    where,
    list,
    keys: list.keys,
    values: shape.values,
    releases,
    answers: shape.answers,
    groups,
    ...(threshold === undefined ? {} : { threshold }),
    pending: pending.map((column) => ({
      column,
      epsilon: quotient(forBounds, rational(BigInt(pending.length))),
    })),
    epsilon: options.epsilon,
    delta: threshold?.delta ?? 0,
    level,
  })
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
          {
            hint: `say where its values lie, from what you know and not from the data: --bounds ${name}=0:100`,
          },
        )
      pending.push(column.name)
      columns.set(column.name, found.get(column.name) ?? { lower: 0, upper: 1 })
    }
  }
}

function shareOf(share: number): Rational {
  if (share >= 0.01 && share <= 0.9) return exactly(share)
  throw new FrostglassError('usage', `the share of ε for bounds lies from 0.01 to 0.9, but ${share} came`, {
    hint: 'take 0.2',
  })
}

function boundsByName(given: Readonly<Record<string, Bounds>>, table: QueryTable) {
  const columns = new Map<string, Bounds>()
  const answers = new Map<string, Bounds>()
  for (const [name, bounds] of Object.entries(given)) {
    if (!(Number.isFinite(bounds.lower) && Number.isFinite(bounds.upper) && bounds.lower < bounds.upper))
      throw new FrostglassError('usage', `the bounds of ${name} are to be two finite numbers in order`, {
        hint: `for example --bounds ${name}=0:100`,
      })
    if (!table.has(name)) answers.set(name.toLowerCase(), bounds)
    else {
      const column = table.column(name)
      if (column.number === undefined)
        throw new FrostglassError('usage', `column ${column.name} does not hold numbers: it has no bounds`, {
          hint: 'leave them out',
        })
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
      throw new FrostglassError('usage', `${name} is a whole number from 1 to a million`, {
        hint: 'give how much of one person may count',
      })
    if (given !== undefined && unit === undefined)
      throw new FrostglassError('usage', `${name} needs a privacy unit: without one each row is a person`, {
        hint: 'name the column that says whose each row is (--privacy-unit)',
      })
  }
  if (!grouped && options.groupsPerUnit !== undefined)
    throw new FrostglassError('usage', 'groups-per-unit needs groups, and this query has none', {
      hint: 'leave it out',
    })
  return { rows: rowsPerUnit, groups: groupsPerUnit }
}

/** Below this, noise is larger than any table. */
const LEAST_EPSILON = 1e-9

function epsilonOf(given: number) {
  const epsilon = positive('epsilon', given)
  if (given >= LEAST_EPSILON) return epsilon
  throw new FrostglassError('usage', `epsilon is ${given}: its noise would be larger than any answer`, {
    hint: 'give 0.01 to 1 for a query, say',
  })
}

function levelOf(level = 0.95): number {
  if (level >= 0.5 && level <= 0.9999) return level
  throw new FrostglassError('usage', `the level of error bars lies from 0.5 to 0.9999, but ${level} came`, {
    hint: 'take 0.95',
  })
}
