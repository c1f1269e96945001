// Private queries over table files: SQL in, answers with error bars out, and what they cost.
// Source: issue 12, section 3; docs/query.md says what is understood, and what the guarantee is.
// It does not hide how long an answer takes, and it believes what is said of bounds, of public keys, and of whose a row is.

import { openDatabase } from '../../data/duckdb.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import type { Ledger, Spend } from '../ledger/index.ts'
import type { RandomSource } from '../mechanisms/exactRandom.ts'
import { type Rational, roundedUp } from '../mechanisms/rational.ts'
import { type AnsweredGroup, answered } from './answer.ts'
import { describe, type QueryDescription } from './describe.ts'
import { type ExactGroups, exactGroups, unreadable } from './exact.ts'
import type { Answer } from './moments.ts'
import { planOf, type QueryOptions, type QueryPlan } from './plan.ts'
import { binsPlan, boundsOf } from './privateBounds.ts'
import type { Release } from './release.ts'

export type { QueryDescription, ReleaseDescription } from './describe.ts'
export type { Bounds } from './expression.ts'
export type { Answer } from './moments.ts'
export type { QueryOptions } from './plan.ts'

/** How a query is answered. */
export interface AskOptions extends QueryOptions {
  /** Where the price is taken from before any noise is drawn. Without one nothing adds up what is spent. */
  readonly ledger?: Ledger | undefined
  /** The operating system's CSPRNG unless given. For experiments that repeat: who knows it can take the noise off. */
  readonly random?: RandomSource | undefined
  readonly signal?: AbortSignal | undefined
}

/** One group of an answer; a query without GROUP BY has one, without keys. */
export interface GroupAnswer {
  /** Values of the columns of GROUP BY, in its order. */
  readonly keys: readonly (string | number | null)[]
  /** One for each aggregate, in the order that they were asked for. */
  readonly answers: readonly Answer[]
}

/** What a query answered. */
export interface QueryAnswer extends QueryDescription {
  readonly groups: readonly GroupAnswer[]
  /** What the ledger has of it, and how much is left there. */
  readonly ledger?: {
    readonly entry: number
    readonly left: { readonly epsilon: number; readonly delta: number }
  }
  readonly warnings: readonly string[]
}

/**
 * What a query would release, at what price, and with which errors, without looking at any row: only names and types of
 * columns are read.
 * @throws FrostglassError as `privateQuery`, but for the ledger.
 */
export async function explainQuery(
  path: string,
  sql: string,
  options: QueryOptions,
): Promise<QueryDescription> {
  const opened = await open(path, sql, options)
  opened.close()
  return describe(opened.plan, false)
}

/**
 * Answers one query about a table file (.csv, .json, .parquet and their kin) with differential privacy: pure ε, or (ε, δ)
 * where keys are private. Adjacent tables differ by all rows of one unit.
 *
 * The price is in the ledger before any noise is drawn. When something is refused, or the table cannot be read, nothing is
 * spent.
 * @throws FrostglassError `unsupported` naming the clause that is not understood; `usage` for options that do not fit, and
 * for a column without bounds; `input` for a file that is no table; `policy` when the budget is exhausted; `aborted`.
 * @example
 * const answer = await privateQuery('people.parquet', 'SELECT education, COUNT(*), AVG(hours) FROM data GROUP BY education', {
 *   epsilon: 0.5, delta: 1e-7, unit: 'person_id', bounds: { hours: { lower: 0, upper: 100 } }, ledger,
 * })
 * answer.groups[0] // { keys: ['10th'], answers: [{ value: 933, low: 914, high: 952 }, …] }, say
 */
export async function privateQuery(path: string, sql: string, options: AskOptions): Promise<QueryAnswer> {
  const { ledger, random } = options
  const opened = await open(path, sql, options)
  const { connection } = opened
  try {
    let { plan } = opened
    const bins: ExactGroups[] = []
    for (const column of plan.pending)
      bins.push(await exactGroups(connection, binsPlan(plan, column), options))
    let exact = plan.pending.length > 0 ? undefined : await exactGroups(connection, plan, options)
    throwIfAborted(options.signal)
    const what = sql.replace(/\s+/g, ' ').trim()
    const about = { unit: options.unit ?? 'row', source: await ledger?.sourceOf(path) }
    const entry = await ledger?.spendInTurn({ what, losses: spendsOf(plan), ...about }, options)
    if (exact === undefined) {
      const found = plan.pending.map((column, i) => {
        const own = boundsOf(column, answered(binsPlan(plan, column), bins[i]!, random))
        return [column.column, own] as const
      })
      plan = await planOf(connection, path, sql, options, new Map(found))
      exact = await exactGroups(connection, plan, options)
    }
    const groups = answered(plan, exact, random)
    const description = describe(plan, opened.plan.pending.length > 0)
    return {
      ...description,
      groups: groups.map(({ keys, answers }) => ({ keys, answers })),
      ...(ledger === undefined || entry === undefined
        ? {}
        : { ledger: { entry: entry.number, left: ledger.state().left } }),
      warnings: [...description.warnings, ...deltaWarning(plan, groups)],
    }
  } finally {
    opened.close()
  }
}

/** A planned query with its exact part computed: raw, so for measurements of the noise alone. */
interface PreparedQuery {
  readonly plan: QueryPlan
  readonly exact: ExactGroups
  /** Draws the noise anew. Each draw is a release of its own, at the full price. */
  draw(random?: RandomSource): AnsweredGroup[]
}

/** Computes the exact part of a query; nothing is released, and nothing spent, until `draw`. @throws as `privateQuery`. */
export async function prepareQuery(
  path: string,
  sql: string,
  options: Omit<QueryOptions, 'privateBounds'> & {
    readonly signal?: AbortSignal | undefined
    readonly salt?: Uint8Array
  },
): Promise<PreparedQuery> {
  const { plan, connection, close } = await open(path, sql, options)
  try {
    const exact = await exactGroups(connection, plan, options)
    return { plan, exact, draw: (random) => answered(plan, exact, random) }
  } finally {
    close()
  }
}

async function open(path: string, sql: string, options: QueryOptions) {
  const database = await openDatabase(2048)
  try {
    const connection = await database.connect()
    return { plan: await planOf(connection, path, sql, options), connection, close: database.close }
  } catch (error) {
    database.close()
    throw withoutCells(error)
  }
}

/** What DuckDB says of a file may quote it, and is not passed on; what the system says of it is. */
function withoutCells(error: unknown): unknown {
  if (!(error instanceof FrostglassError) || error.code !== 'input' || error.cause === undefined) return error
  return (error.cause as NodeJS.ErrnoException).syscall === undefined ? unreadable() : error
}

/**
 * The releases of a plan as a ledger takes them. Counts of one cell, of which one unit moves one, have the law of one
 * discrete Laplace variable; of the others pure ε is said.
 */
function spendsOf(plan: QueryPlan): Spend[] {
  const spends = [
    ...plan.pending.map(({ epsilon }) => countSpend(epsilon, 1)),
    ...plan.releases.map((release) =>
      movesOneInteger(release, plan)
        ? countSpend(release.epsilon, plan.perUnit.rows)
        : ({ kind: 'priced', epsilon: roundedUp(release.epsilon), delta: 0 } as const),
    ),
  ]
  return plan.threshold === undefined
    ? spends
    : [...spends, { kind: 'priced', epsilon: 0, delta: plan.threshold.delta }]
}

/** The scale is rounded down, as a ledger wants it. */
const countSpend = (epsilon: Rational, sensitivity: number): Spend => ({
  kind: 'discrete-laplace',
  scale: (sensitivity / roundedUp(epsilon)) * (1 - 2 ** -52),
  sensitivity,
})

const movesOneInteger = (release: Release, { perUnit }: QueryPlan): boolean =>
  release.kind === 'moments' && release.degree === 0 && !release.missing && perUnit.groups === 1

/** δ is compared with the noisy counts that groups were told by, since the number of people is private. */
function deltaWarning({ delta, threshold }: QueryPlan, groups: readonly AnsweredGroup[]): string[] {
  if (threshold === undefined) return []
  const count = groups.reduce((sum, { counted = 0 }) => sum + counted, 0)
  if (delta * Math.max(count, 1) < 1) return []
  return [
    `δ = ${delta} is not below one over the number of people (by the private counts about ${count}): a release at such a δ may show one of them whole`,
  ]
}
