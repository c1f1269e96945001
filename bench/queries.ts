// Private queries over Adult: how far off answers are (RMSE), and how far OpenDP's are at the same ε.
// Source: docs/results/bench.md.
// Two RMSEs of the same Laplace noise over 1,000 runs differ by 5% by chance, over 200 by 11%: hence the goals.

import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type PrivateQueryOptions, prepareQuery } from '../src/private/query/index.ts'
import type { Context, Goal, Measurement, Row } from './measurement.ts'
import { startPeer } from './peers.ts'

const source = fileURLToPath(new URL('../../shared/data/adult/adult.data', import.meta.url))
const epsilon = 0.5
const delta = 1e-6
const bounds = [0, 100] as const

/** Columns of Adult by their place. */
const places = { education: 3, hours_per_week: 12, native_country: 13 } as const
type Column = keyof typeof places

/** A question, ours in SQL and a peer's in its own words. Answers are by key; a question without keys has the key ''. */
interface Question {
  readonly what: string
  readonly unit: string
  readonly sql: string
  readonly options: Partial<PrivateQueryOptions>
  readonly truth: ReadonlyMap<string, number>
  readonly theirs: readonly {
    readonly name: string
    readonly job: Readonly<Record<string, unknown>>
    readonly goal?: Goal | undefined
  }[]
}

const alike: Goal = { of: 'ratio', bound: 'at most', value: 1.15 }
const better: Goal = { of: 'ratio', bound: 'at most', value: 0.9 }

async function readAdult() {
  const rows = (await readFile(source, 'utf8'))
    .split('\n')
    .filter((line) => line.includes(','))
    .map((line) => line.split(',').map((cell) => cell.trim()))
  const cells = (column: Column) =>
    // A question mark is a country like others here, and not a missing cell to one of the two.
    rows.map((row) => row[places[column]]!.replace(/^\?$/, 'unknown'))
  return Object.fromEntries((Object.keys(places) as Column[]).map((name) => [name, cells(name)])) as Record<
    Column,
    string[]
  >
}

function countsOf(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

function questionsOf(adult: Record<Column, string[]>): Question[] {
  const hours = adult.hours_per_week.map(Number)
  const sum = hours.reduce((a, b) => a + b, 0)
  const one = (value: number) => new Map([['', value]])
  const clamped = { bounds: { hours_per_week: { lower: bounds[0], upper: bounds[1] } } }
  const about = { column: 'hours_per_week', bounds }
  const educations = countsOf(adult.education)
  const known = [...educations.keys()].sort()
  const histogram = (column: 'education' | 'native_country'): Question => ({
    what: `rows by ${column}, keys private`,
    unit: 'rows',
    sql: `SELECT ${column}, COUNT(*) FROM data GROUP BY ${column}`,
    options: { delta },
    truth: countsOf(adult[column]),
    theirs: [{ name: 'OpenDP', job: { ask: 'private keys', column, delta }, goal: alike }],
  })
  return [
    {
      what: 'count',
      unit: 'rows',
      sql: 'SELECT COUNT(*) FROM data',
      options: {},
      truth: one(hours.length),
      theirs: [{ name: 'OpenDP', job: { ask: 'count' }, goal: alike }],
    },
    {
      what: 'sum of hours',
      unit: 'hours',
      sql: 'SELECT SUM(hours_per_week) FROM data',
      options: clamped,
      truth: one(sum),
      theirs: [{ name: 'OpenDP', job: { ask: 'sum', ...about }, goal: alike }],
    },
    {
      what: 'mean of hours, n private',
      unit: 'hours',
      sql: 'SELECT AVG(hours_per_week) FROM data',
      options: clamped,
      truth: one(sum / hours.length),
      theirs: [
        { name: 'OpenDP', job: { ask: 'mean', ...about }, goal: better },
        {
          name: 'OpenDP, centred by hand',
          job: { ask: 'mean', column: 'hours_per_week', bounds: [-50, 50], shift: 50 },
          goal: alike,
        },
      ],
    },
    {
      what: 'rows by education, keys known',
      unit: 'rows',
      sql: 'SELECT education, COUNT(*) FROM data GROUP BY education',
      options: { keys: { education: known } },
      truth: educations,
      theirs: [{ name: 'OpenDP', job: { ask: 'known keys', column: 'education', keys: known }, goal: alike }],
    },
    histogram('education'),
    histogram('native_country'),
  ]
}

/** Squared errors of one run, a key each; a key that is not answered counts as answered with 0. */
const squares = (truth: ReadonlyMap<string, number>, answer: (key: string) => number | undefined): number[] =>
  [...truth].map(([key, value]) => ((answer(key) ?? 0) - value) ** 2)

const rootMean = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((a, b) => a + b, 0) / values.length)

async function ask(question: Question, file: string, { quick, peers, say }: Context): Promise<Row[]> {
  const { what, unit, sql, options, truth } = question
  const runs = quick ? 200 : 1000
  say(`queries: ${what}`)
  const query = await prepareQuery(file, sql, { epsilon, ...options })
  const errors = Array.from({ length: runs }, () => {
    const groups = new Map(
      query.draw().map(({ keys, answers }) => [String(keys[0] ?? ''), answers[0]!.value]),
    )
    return squares(truth, (key) => groups.get(key))
  })
  const row = { what: `${what}: RMSE at ε = ${epsilon}`, unit, ours: rootMean(errors.flat()) }
  if (!peers) return [row]
  const rows: Row[] = []
  for (const { name, job, goal } of question.theirs) {
    const peer = await startPeer('opendp', name, { job: 'query', file, epsilon, delta: 0, ...job })
    try {
      const other: number[][] = []
      for (let i = 0; i < runs; i++) {
        const answer = await peer.ask()
        other.push(squares(truth, (key) => answer[key === '' ? 'value' : key] as number | undefined))
      }
      const theirs = rootMean(other.flat())
      rows.push({
        ...row,
        against: `${name} ${peer.ready['version']}`,
        theirs,
        ratio: row.ours / theirs,
        ...(goal ? { goal } : {}),
        samples: { Frostglass: errors.map(rootMean), [name]: other.map(rootMean) },
      })
    } finally {
      await peer.close()
    }
  }
  return rows
}

async function run(context: Context): Promise<Row[]> {
  if (!existsSync(source)) {
    context.say('queries: Adult is not in ../shared/data: left out')
    return []
  }
  const adult = await readAdult()
  const folder = await mkdtemp(join(tmpdir(), 'frostglass-bench-'))
  try {
    const names = Object.keys(places) as Column[]
    const lines = adult.education.map((_, i) => names.map((name) => adult[name][i]).join(','))
    const file = join(folder, 'adult.csv')
    await writeFile(file, `${[names.join(','), ...lines].join('\n')}\n`)
    const rows: Row[] = []
    for (const question of questionsOf(adult)) rows.push(...(await ask(question, file, context)))
    return rows
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const queries: Measurement = {
  name: 'queries',
  about: 'private queries over Adult: how far off answers are at ε = 0.5, and OpenDP’s',
  run,
}
