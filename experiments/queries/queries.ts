// Private queries measured: a session with its ledger, error bars over 1,000 runs, and means beside naive ones.
// Source: docs/architecture.md#experiments; the noise of the session is drawn from a seed, so that it can be repeated.
// Runs draw the noise anew over one exact part: nothing else in an answer is random where each person has one row.

import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/data/duckdb.ts'
import { FrostglassError } from '../../src/errors.ts'
import { createLedger, discreteLaplace, privateQuery } from '../../src/private/index.ts'
import { prepareQuery } from '../../src/private/query/index.ts'
import { seededSecret } from '../../src/random/seededSecret.ts'
import type { RandomSource } from '../../src/random/source.ts'
import { stream } from '../../src/secret/index.ts'
import type { Work } from '../experiment.ts'
import { askedWith, rawTable, sessionOf, withAdult } from './session.ts'

interface Choice {
  /** Path of adult.data; the embedded rows if absent. */
  readonly adult?: string | undefined
  readonly seed: number
  readonly runs: number
}

export type QueriesTask = Choice &
  (
    | { readonly kind: 'session'; readonly epsilon: number; readonly budget: number }
    | { readonly kind: 'bars'; readonly query: number; readonly epsilon: number }
    | { readonly kind: 'means'; readonly epsilons: readonly number[] }
  )

/** One answer of the session. */
export interface SessionAnswer {
  readonly sql: string
  readonly names: readonly string[]
  readonly left: number
  readonly groups: readonly {
    readonly keys: readonly (string | number | null)[]
    readonly answers: readonly {
      readonly value: number
      readonly low: number
      readonly high: number
      readonly truth: number
    }[]
  }[]
  /** Groups of the raw table that were not told. */
  readonly untold: number
}

/** How often bars held. */
export interface BarsAnswer {
  readonly query: number
  readonly name: string
  readonly held: number
  readonly of: number
  /** Of the group that it held least often in. */
  readonly worst: { readonly held: number; readonly of: number }
  /** Half of the bar's length and the error that it speaks of, root mean square, over the first group. */
  readonly halfWidth: number
  readonly error: number
}

/** Root mean square errors of a mean, over runs. */
export interface MeanAnswer {
  readonly what: string
  readonly rows: number
  readonly epsilon: number
  readonly shared: number
  readonly centred: number
  readonly naive: number
}

export type QueriesAnswer =
  | {
      readonly kind: 'session'
      readonly answers: readonly SessionAnswer[]
      readonly refusal: string
      readonly rows: number
    }
  | { readonly kind: 'bars'; readonly bars: readonly BarsAnswer[] }
  | { readonly kind: 'means'; readonly means: readonly MeanAnswer[] }

/** Of each query of the session, and of the ledger that it is paid from. */
export const sessionPrice = { epsilon: 0.1, budget: 1 } as const

export const queriesWork: Work<QueriesTask, QueriesAnswer> = {
  tasks({ quick, seed, data }) {
    const choice: Choice = {
      adult: data === undefined ? undefined : join(data, 'adult.data'),
      seed,
      runs: quick ? 100 : 1000,
    }
    const { epsilon } = sessionPrice
    return [
      ...sessionOf(data !== undefined).map((_, query) => ({
        ...choice,
        kind: 'bars' as const,
        query,
        epsilon,
      })),
      { ...choice, kind: 'means', epsilons: [0.01, 0.03, 0.1, 0.3, 1] },
      { ...choice, kind: 'session', ...sessionPrice },
    ]
  },
  run: (task, signal) =>
    withAdult(task.adult, (path) => {
      if (task.kind === 'session') return session(task, path, signal)
      return task.kind === 'bars' ? bars(task, path, signal) : means(task, path)
    }),
}

const randomOf = (seed: number, use: string): RandomSource => stream(seededSecret(seed, use), 'matrix')

type Rows = readonly (readonly (string | number | null)[])[]

/** Rows of the raw table's answers: keys, then answers. */
async function raw(path: string, sqls: readonly string[]): Promise<Rows[]> {
  const database = await openDatabase(512)
  try {
    const connection = await database.connect()
    await connection.run(rawTable(path))
    const found: Rows[] = []
    for (const sql of sqls) {
      const rows = (await connection.runAndReadAll(sql)).getRows()
      found.push(rows.map((row) => row.map((x) => (typeof x === 'string' || x === null ? x : Number(x)))))
    }
    return found
  } finally {
    database.close()
  }
}

/** The raw answers of a group: those of its key, or of a histogram's bin, whose key is its place. */
function truthOf(rows: Rows, keys: readonly (string | number | null)[], place: number): readonly number[] {
  if (keys.length === 0) return rows[0] as readonly number[]
  const row = rows.find(([key]) => String(key) === String(keys[0])) ?? rows.find(([key]) => key === place)
  return row!.slice(1) as number[]
}

async function session(
  task: QueriesTask & { kind: 'session' },
  path: string,
  signal: AbortSignal | undefined,
): Promise<QueriesAnswer> {
  const queries = sessionOf(task.adult !== undefined)
  const [counted, ...truths] = await raw(path, [
    'SELECT COUNT(*) FROM data',
    ...queries.map(({ truth }) => truth),
  ])
  const file = join(tmpdir(), `frostglass-session-${process.pid}-${Date.now()}.ledger`)
  const ledger = await createLedger(file, {
    dataset: 'adult',
    unit: 'person',
    epsilon: task.budget,
    delta: 1e-6,
  })
  const random = randomOf(task.seed, 'session of queries')
  const answers: SessionAnswer[] = []
  let refusal = ''
  try {
    for (const [i, query] of queries.entries()) {
      const found = await privateQuery(path, query.sql, {
        ...askedWith(query, task.epsilon),
        ledger,
        random,
        ...(signal ? { signal } : {}),
      })
      answers.push({
        sql: query.sql,
        names: found.columns.flatMap(({ name, answer }) => (answer === undefined ? [] : [name])),
        left: found.ledger!.left.epsilon,
        groups: found.groups.map(({ keys, answers: values }, place) => {
          const truth = truthOf(truths[i]!, keys, place)
          return { keys, answers: values.map((answer, j) => ({ ...answer, truth: truth[j]! })) }
        }),
        untold: truths[i]!.length - found.groups.length,
      })
    }
    await privateQuery(path, queries[0]!.sql, { ...askedWith(queries[0]!, task.epsilon), ledger }).catch(
      (error) => {
        if (!(error instanceof FrostglassError) || error.code !== 'policy') throw error
        refusal = error.message.replace(file, 'adult.ledger')
      },
    )
  } finally {
    ledger.close()
    await rm(file, { force: true })
  }
  return { kind: 'session', answers, refusal, rows: Number(counted![0]![0]) }
}

async function bars(
  task: QueriesTask & { kind: 'bars' },
  path: string,
  signal: AbortSignal | undefined,
): Promise<QueriesAnswer> {
  const query = sessionOf(task.adult !== undefined)[task.query]!
  const [truths] = await raw(path, [query.truth])
  const prepared = await prepareQuery(path, query.sql, {
    ...askedWith(query, task.epsilon),
    ...(signal ? { signal } : {}),
  })
  const random = randomOf(task.seed, `bars of query ${task.query}`)
  const names = prepared.plan.answers.map(({ aggregate }) => aggregate.name)
  // By answer and group: how often it was told, held, how long the bar was, and how far off the value.
  const tallies = names.map(
    () => new Map<string, { of: number; held: number; lengths: number; squares: number }>(),
  )
  for (let run = 0; run < task.runs; run++)
    for (const [place, { keys, answers }] of prepared.draw(random).entries()) {
      const truth = truthOf(truths!, keys, place)
      for (const [j, { value, low, high }] of answers.entries()) {
        const id = JSON.stringify(keys)
        const before = tallies[j]!.get(id) ?? { of: 0, held: 0, lengths: 0, squares: 0 }
        // A grid of 2^30 steps is taken for equal to the numbers on it.
        const slack = 1e-6 * Math.max(1, Math.abs(truth[j]!))
        tallies[j]!.set(id, {
          of: before.of + 1,
          held: before.held + (low - slack <= truth[j]! && truth[j]! <= high + slack ? 1 : 0),
          lengths: before.lengths + ((high - low) / 2) ** 2,
          squares: before.squares + (value - truth[j]!) ** 2,
        })
      }
    }
  return {
    kind: 'bars',
    bars: names.map((name, j) => {
      const all = [...tallies[j]!.values()]
      const often = all.filter(({ of }) => of >= task.runs / 2)
      const worst = often.reduce((a, b) => (b.held / b.of < a.held / a.of ? b : a))
      return {
        query: task.query,
        name,
        held: all.reduce((sum, { held }) => sum + held, 0),
        of: all.reduce((sum, { of }) => sum + of, 0),
        worst: { held: worst.held, of: worst.of },
        halfWidth: Math.sqrt(often[0]!.lengths / often[0]!.of),
        error: Math.sqrt(often[0]!.squares / often[0]!.of),
      }
    }),
  }
}

const MEANS = [
  { what: 'hours a week, everybody', column: 'hours_per_week', where: '' },
  { what: 'age, everybody', column: 'age', where: '' },
  { what: 'capital gain, everybody', column: 'capital_gain', where: '' },
  { what: 'hours a week, 16 years of school', column: 'hours_per_week', where: ' WHERE education_num = 16' },
] as const

async function means(task: QueriesTask & { kind: 'means' }, path: string): Promise<QueriesAnswer> {
  const found: MeanAnswer[] = []
  for (const [i, { what, column, where }] of MEANS.entries()) {
    const [answer] = await raw(path, [`SELECT COUNT(*), AVG(${column}) FROM data${where}`])
    const [n, mean] = answer![0] as readonly [number, number]
    for (const epsilon of task.epsilons) {
      const sql = `SELECT AVG(${column}) FROM data${where}`
      const asked = askedWith({ sql, options: {}, truth: sql }, epsilon)
      const { lower, upper } = asked.bounds![column]!
      const prepared = await prepareQuery(path, sql, asked)
      const random = randomOf(task.seed, `means ${i} at ${epsilon}`)
      // Half of ε for the sum, half for the count; the sum from 0, or from the middle of the bounds.
      const middle = (lower + upper) / 2
      const naive = (centre: number) => {
        const reach = Math.max(Math.abs(lower - centre), Math.abs(upper - centre))
        const sum = discreteLaplace({ scale: (2 * reach) / epsilon })
        const rows = discreteLaplace({ scale: 2 / epsilon })
        const exact = BigInt(Math.round((mean - centre) * n))
        return () => {
          const [s] = sum.invoke([exact], random)
          const [r] = rows.invoke([BigInt(n)], random)
          const quotient = Number(r) > 0 ? centre + Number(s) / Number(r) : middle
          return Math.min(Math.max(quotient, lower), upper)
        }
      }
      const rmse = (draw: () => number) => {
        let squares = 0
        for (let run = 0; run < task.runs; run++) squares += (draw() - mean) ** 2
        return Math.sqrt(squares / task.runs)
      }
      found.push({
        what,
        rows: n,
        epsilon,
        shared: rmse(() => prepared.draw(random)[0]!.answers[0]!.value),
        centred: rmse(naive(middle)),
        naive: rmse(naive(0)),
      })
    }
  }
  return { kind: 'means', means: found }
}
