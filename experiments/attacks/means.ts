// The sweep of attacks summed up: means over keys for each table, protection, attack and number of known rows.
// Source: attacks.ts.
// Means over keys and draws of known rows; intervals of single audits are in the leak report, not here.

import type { Holding, MetricName, Standpoint } from '../../src/audit/index.ts'
import type { AttacksAnswer, AttacksTask, SchemeChoice } from './task.ts'

/** One attack on one table under one protection with one number of known rows: means over keys. */
export interface AttackMean {
  readonly table: string
  readonly rows: number
  readonly columns: number
  readonly protection: string
  /** Layers of `layered`, else 1. */
  readonly layers: number
  readonly attack: string
  readonly standpoint: Standpoint
  readonly holds: readonly Holding[]
  readonly known: number
  readonly keys: number
  readonly metrics: Readonly<Partial<Record<MetricName, MeanMetric>>>
  /** Of each key, the largest error of any unseen cell relative to its range; empty for attacks on rows and classes. */
  readonly largestErrors: readonly number[]
  readonly seconds: number
}

interface MeanMetric {
  readonly mean: number
  readonly least: number
  readonly most: number
  readonly chance: number
  readonly baseline?: number | undefined
}

function protectionName(scheme: SchemeChoice): string {
  if (scheme.name === 'layered') return `layers, ${scheme.matrix}`
  if (scheme.name === 'rotation') return 'rotation'
  return scheme.participants === 1 ? 'projection, shared' : 'projection, own'
}

export function meansOf(tasks: readonly AttacksTask[], answers: readonly AttacksAnswer[]): AttackMean[] {
  const groups = new Map<
    string,
    { task: AttacksTask; answer: AttacksAnswer; scores: AttacksAnswer['scores'] }
  >()
  tasks.forEach((task, i) => {
    for (const score of answers[i]!.scores) {
      const id = JSON.stringify([task.table, task.scheme, score.attack, score.known])
      const group = groups.get(id) ?? { task, answer: answers[i]!, scores: [] }
      groups.set(id, { ...group, scores: [...group.scores, score] })
    }
  })
  return [...groups.values()].map(({ task, answer, scores }): AttackMean => {
    const first = scores[0]!
    const errors = scores.map((s) => s.largestError).filter((e) => e !== undefined)
    const metrics = first.metrics.map(({ name, baseline }): [MetricName, MeanMetric] => {
      const of = (pick: (m: (typeof first.metrics)[number]) => number) =>
        scores.map((s) => pick(s.metrics.find((m) => m.name === name)!))
      const values = of((m) => m.value)
      return [
        name,
        {
          mean: mean(values),
          least: Math.min(...values),
          most: Math.max(...values),
          chance: mean(of((m) => m.chance)),
          baseline: baseline === undefined ? undefined : mean(of((m) => m.baseline ?? Number.NaN)),
        },
      ]
    })
    return {
      table: task.table,
      rows: answer.rows,
      columns: answer.columns,
      protection: protectionName(task.scheme),
      layers: task.scheme.name === 'layered' ? task.scheme.layers : 1,
      attack: first.attack,
      standpoint: first.standpoint,
      holds: first.holds,
      known: first.known,
      keys: scores.length,
      metrics: Object.fromEntries(metrics),
      largestErrors: errors,
      seconds: mean(scores.map((s) => s.seconds)),
    }
  })
}

/** Errors up to this share of the range count as none: what float64 leaves of a key that is undone. */
export const exactError = 1e-6

/** Under how many of the keys every unseen cell came out. */
export function exactKeys({ largestErrors }: AttackMean): number {
  return largestErrors.filter((e) => e <= exactError).length
}

export const layered = (m: AttackMean) => m.protection.startsWith('layers')
export const onCells = (m: AttackMean) => m.metrics.cells5 !== undefined
/** On cells by known rows and nothing else: what raw rows of half of the people add, or ranks, has a table of its own. */
export const leaks = (m: AttackMean) =>
  onCells(m) && m.holds.every((held) => held === 'pairs') && m.standpoint === 'leak'

/** The one of some means that recovers most. */
export function best(of: readonly AttackMean[], by: 'cells5' | 'explained'): AttackMean | undefined {
  return of.reduce<AttackMean | undefined>(
    (a, b) => (!a || b.metrics[by]!.mean > a.metrics[by]!.mean ? b : a),
    undefined,
  )
}

/** Means of one table, construction and number of layers together, in that order. */
export function grouped(means: readonly AttackMean[]): AttackMean[][] {
  const groups = Object.groupBy(means, (m) => JSON.stringify([m.table, m.protection, m.layers]))
  return Object.values(groups)
    .map((of) => of!)
    .sort(([a], [b]) => compare([a!.table, a!.protection, a!.layers], [b!.table, b!.protection, b!.layers]))
}

export function compare(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [i, x] of a.entries()) if (x !== b[i]) return x < b[i]! ? -1 : 1
  return 0
}

export function matrixOf({ protection }: AttackMean): string {
  return protection.replace('layers, ', '')
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v / values.length, 0)
}
