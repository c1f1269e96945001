// What the syntheses sum up to: means over seeds, with their spread.
// Source: publishSynthesis.ts.

import { meanAndSpread } from '../../src/statistics/moments.ts'
import type { TableName } from './adult.ts'
import type { Measures } from './measures.ts'
import type { Method, SynthesisAnswer, SynthesisTask } from './publishSynthesis.ts'
import { reached, targets } from './targets.ts'

export interface SynthesisRow {
  readonly table: TableName
  readonly method: Method
  readonly epsilon: number
  readonly mean: Measures
  /** Standard deviation over seeds; 0 of one. */
  readonly spread: Measures
  /** The most of all seeds. */
  readonly seconds: number
  readonly releases: number
  readonly must: boolean | null
  readonly stretch: boolean | null
}

export interface SynthesisResults {
  readonly seeds: number
  readonly delta: number
  readonly rows: readonly SynthesisRow[]
}

const measures = ['one', 'two', 'three', 'auc'] as const

export function publishSynthesisResults(
  tasks: readonly SynthesisTask[],
  answers: readonly SynthesisAnswer[],
): SynthesisResults {
  const name = ({ table, method, epsilon }: SynthesisTask) => `${table} ${method} ${epsilon}`
  const names = [...new Set(tasks.map(name))]
  const rows = names.map((one): SynthesisRow => {
    const places = [...tasks.keys()].filter((i) => name(tasks[i]!) === one)
    const { table, method, epsilon } = tasks[places[0]!]!
    const of = (key: (typeof measures)[number]) => meanAndSpread(places.map((i) => answers[i]![key]))
    const summed = (part: 'mean' | 'deviation') =>
      Object.fromEntries(measures.map((key) => [key, of(key)[part]])) as unknown as Measures
    const mean = summed('mean')
    const target = method === 'real' ? undefined : targets[table][epsilon]
    return {
      table,
      method,
      epsilon,
      mean,
      spread: summed('deviation'),
      seconds: Math.max(...places.map((i) => answers[i]!.seconds)),
      releases: Math.max(...places.map((i) => answers[i]!.releases)),
      must: target ? reached(mean, target.must) : null,
      stretch: target ? reached(mean, target.stretch) : null,
    }
  })
  const order: readonly Method[] = ['columns', 'tree', 'adaptive', 'real']
  const seeds = new Set(tasks.map(({ seed }) => seed)).size
  return {
    seeds,
    delta: tasks[0]!.delta,
    rows: rows.toSorted(
      (a, b) =>
        a.table.localeCompare(b.table) ||
        Number(a.method === 'real') - Number(b.method === 'real') ||
        a.epsilon - b.epsilon ||
        order.indexOf(a.method) - order.indexOf(b.method),
    ),
  }
}
