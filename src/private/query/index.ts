// Private queries over table files: SQL in, answers with error bars out, and what they cost.
// Source: docs/reference/private-sql.md says what is understood, docs/explanation/private-queries.md what the guarantee is; PROOF.md why it holds.
// It does not hide how long an answer takes unless it is asked to, and it believes what is said of bounds, of public keys,
// and of whose a row is.

import type { DuckDBConnection } from '@duckdb/node-api'
import { openDatabase } from '../../data/duckdb.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import type { RandomSource } from '../../random/source.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Entry } from '../ledger/records.ts'
import type { Spend } from '../ledger/spend.ts'
import { type Rational, roundedUp } from '../mechanisms/rational.ts'
import { type AnsweredGroup, answered } from './answer.ts'
import { type Answerer, answererHere, answererProcess } from './answerer.ts'
import { type Timing, timeLimitOf, withinTime } from './deadline.ts'
import { describe, type QueryDescription } from './describe.ts'
import { type ExactGroups, exactGroups, rowsSql } from './exact.ts'
import type { NoisyAnswer } from './moments.ts'
import { planQuery, type QueryOptions, type QueryPlan, type ReadQuery, readQuery } from './plan.ts'
import { binsPlan, boundsOf } from './privateBounds.ts'
import type { Release } from './release.ts'

/** How a query is answered. */
export interface PrivateQueryOptions extends QueryOptions, Timing {
  /** Where the price is taken from before any row is read. Without one nothing adds up what is spent. */
  readonly ledger?: Ledger | undefined
  /**
   * The operating system's CSPRNG unless given. For experiments that repeat: who knows it can take the noise off. With it
   * the query runs in this process, where a time limit stops it only between two pieces of its work.
   */
  readonly random?: RandomSource | undefined
  readonly signal?: AbortSignal | undefined
}

/** One group of an answer; a query without GROUP BY has one, without keys. */
export interface GroupAnswer {
  /** Values of the columns of GROUP BY, in its order. */
  readonly keys: readonly (string | number | null)[]
  /** One for each aggregate, in the order that they were asked for; those of HAVING alone come last. */
  readonly answers: readonly NoisyAnswer[]
}

/** What a query answered. */
export interface QueryAnswer extends QueryDescription {
  readonly groups: readonly GroupAnswer[]
  /** What the ledger has of it, and how much is left there. */
  readonly ledger?:
    | {
        readonly entry: number
        readonly left: { readonly epsilon: number; readonly delta: number }
      }
    | undefined
  readonly warnings: readonly string[]
}

/**
 * What a query would release, at what price, and with which errors, without looking at any row: only the form of files is
 * looked at, and public tables.
 * @throws FrostglassError as `privateQuery`, but for the ledger and for time.
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
 * Answers one query about a table file (.csv, .jsonl, .parquet and their kin) with differential privacy: pure ε, or (ε, δ)
 * where keys are private or noise is Gaussian. Adjacent tables differ by all rows of one unit.
 *
 * The price is in the ledger before any row is read, and stays there whatever comes of it. What is refused before follows
 * from the query, its options and the form of the files alone. After it there are an answer and one refusal, always the
 * same and always when the time limit is over: that the query took too long, or that a file could not be read to its end; and,
 * of private bounds, that noisy counts show too few rows.
 * @throws FrostglassError `unsupported` naming the clause that is not understood; `usage` for options that do not fit, and
 * for a column without bounds; `input` for a file that is no table, and for a query that was not answered; `policy` when the
 * budget is exhausted; `aborted`.
 * @example
 * const answer = await privateQuery('people.parquet', 'SELECT education, COUNT(*), AVG(hours) FROM data GROUP BY education', {
 *   epsilon: 0.5, delta: 1e-7, unit: 'person_id', bounds: { hours: { lower: 0, upper: 100 } }, ledger,
 * })
 * answer.groups[0] // { keys: ['10th'], answers: [{ value: 933, low: 914, high: 952 }, …] }, say
 */
export async function privateQuery(
  path: string,
  sql: string,
  options: PrivateQueryOptions,
): Promise<QueryAnswer> {
  const { ledger, random, signal } = options
  const timing = { limit: timeLimitOf(options.timeLimit), atLimit: options.answerAtLimit ?? false, signal }
  throwIfAborted(signal)
  // It starts while the query is parsed, and is there before anything is spent.
  const answerer = random === undefined ? answererProcess() : answererHere(random)
  try {
    const { read, plan: first, close } = await open(path, sql, options, signal)
    close()
    await answerer.open(first.setup)
    // What cannot be said of the noise, such as how far it reaches at an ε of next to nothing, is refused here.
    describe(first, false)
    throwIfAborted(signal)
    const about = { unit: options.unit ?? 'row', source: await ledger?.sourceOf(path) }
    const entry = await ledger?.spendInTurn({ ...spendOf(sql, first), ...about }, { signal })
    // From here on nothing about the rows leads to an error, a refusal or another shape of the answer.
    const [plan, groups] = await withinTime(timing, () => answersOf(answerer, read, first))
    return answerOf(plan, groups, first.pending.length > 0, ledger, entry)
  } finally {
    answerer.close()
  }
}

/** All that is done with rows: bounds that are to be found first, then the answers. */
async function answersOf(
  answerer: Answerer,
  read: ReadQuery,
  first: QueryPlan,
): Promise<readonly [QueryPlan, AnsweredGroup[]]> {
  if (first.pending.length === 0) return [first, await answerer.answer(first)]
  const found = new Map<string, ReturnType<typeof boundsOf>>()
  for (const pending of first.pending)
    found.set(pending.column, boundsOf(pending, await answerer.answer(binsPlan(first, pending))))
  const plan = planQuery(read, found)
  return [plan, await answerer.answer(plan)]
}

function answerOf(
  plan: QueryPlan,
  groups: readonly AnsweredGroup[],
  found: boolean,
  ledger: Ledger | undefined,
  entry: Entry | undefined,
): QueryAnswer {
  const description = describe(plan, found)
  return {
    ...description,
    groups: groups.map(({ keys, answers }) => ({ keys, answers })),
    ...(ledger === undefined || entry === undefined
      ? {}
      : { ledger: { entry: entry.number, left: ledger.state().left } }),
    warnings: [...description.warnings, ...deltaWarning(plan, groups)],
  }
}

/** A planned query with its exact part computed: raw, so for measurements of the noise alone. */
interface PreparedQuery {
  readonly plan: QueryPlan
  readonly exact: ExactGroups
  /** Draws the noise anew. Each draw is a release of its own, at the full price. */
  draw(random?: RandomSource): AnsweredGroup[]
}

/**
 * Computes the exact part of a query, without a limit of time and in this process. Nothing is released, and nothing spent,
 * until `draw`; what it throws may quote cells.
 */
export async function prepareQuery(
  path: string,
  sql: string,
  options: Omit<QueryOptions, 'privateBounds'> & { readonly salt?: Uint8Array | undefined },
): Promise<PreparedQuery> {
  const { plan, connection, close } = await open(path, sql, options)
  try {
    const exact = await exactGroups(connection, plan, options.salt)
    return { plan, exact, draw: (random) => answered(plan, exact, random) }
  } finally {
    close()
  }
}

/** A query that is planned, on a connection where its public tables are. Nothing of it depends on a row of the others. */
async function open(path: string, sql: string, options: QueryOptions, signal?: AbortSignal) {
  const database = await openDatabase(2048)
  let interrupt: (() => void) | undefined
  try {
    const connection = await database.connect()
    // Only public tables are read here; what is private is read where it can be ended for sure.
    interrupt = () => connection.interrupt()
    signal?.addEventListener('abort', interrupt)
    const read = await readQuery(connection, path, sql, options)
    const plan = planQuery(read)
    for (const statement of plan.setup) await connection.run(statement)
    await requireUnderstood(connection, plan)
    return { read, plan, connection, close: database.close }
  } catch (error) {
    database.close()
    throwIfAborted(signal)
    throw withoutCells(error)
  } finally {
    if (interrupt !== undefined) signal?.removeEventListener('abort', interrupt)
  }
}

/** Whether DuckDB can run what will be asked of it: found out here, by the form of the tables, and not after the spend. */
async function requireUnderstood(connection: DuckDBConnection, plan: QueryPlan): Promise<void> {
  const plans = [plan, ...plan.pending.map((pending) => binsPlan(plan, pending))]
  for (const { relation, ...rest } of plans) {
    const prepared = await connection.prepare(rowsSql({ ...rest, relation })).catch(() => {
      throw new FrostglassError(
        'unsupported',
        'the query is too long or too deep for the database',
        'Write it shorter and flatter.',
      )
    })
    prepared.destroySync()
  }
}

/** What DuckDB says of a file may quote it, and is not passed on; what the system says of it is. */
function withoutCells(error: unknown): unknown {
  if (!(error instanceof FrostglassError) || error.code !== 'input' || error.cause === undefined) return error
  if ((error.cause as NodeJS.ErrnoException).syscall !== undefined) return error
  return new FrostglassError(
    'input',
    'the table cannot be opened; why is withheld, since it may tell of its values',
    'Check that it is a well-formed table.',
  )
}

/** What the ledger takes: with Gaussian noise it is said how much of δ it may have, for ρ alone has none. */
function spendOf(sql: string, plan: QueryPlan) {
  const what = sql.replace(/\s+/g, ' ').trim()
  return { what, losses: spendsOf(plan), delta: plan.rho === undefined ? undefined : plan.delta }
}

/**
 * The releases of a plan as a ledger takes them. Counts of one cell, of which one unit moves one, have the law of one
 * discrete Laplace variable; of the others pure ε is said, or ρ.
 */
function spendsOf(plan: QueryPlan): Spend[] {
  const spends: Spend[] = plan.pending.map(({ epsilon }) => countSpend(epsilon, 1))
  if (plan.rho !== undefined) spends.push({ kind: 'concentrated', rho: plan.rho })
  for (const release of plan.releases)
    if ('epsilon' in release)
      spends.push(
        movesOneInteger(release, plan)
          ? countSpend(release.epsilon, plan.perUnit.rows)
          : { kind: 'priced', epsilon: roundedUp(release.epsilon), delta: 0 },
      )
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
