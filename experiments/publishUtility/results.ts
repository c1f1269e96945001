// What the tables sum up to: a point each, means over seeds where noise was drawn.
// Source: publishUtility.ts.

import { meanAndSpread } from '../../src/statistics/moments.ts'
import {
  delta,
  type Kind,
  kinds,
  suppression,
  type UtilityAnswer,
  type UtilityTask,
} from './publishUtility.ts'

export interface UtilityRow {
  readonly kind: Kind
  readonly at: number
  readonly seeds: number
  readonly rows: number
  readonly auc: number
  /** Standard deviation over seeds; 0 of one. */
  readonly aucSpread: number
  readonly main: number
  readonly control: number
  readonly risk: number
  /** The widest of all seeds: least and largest end. */
  readonly interval: readonly [low: number, high: number]
}

export interface UtilityResults {
  readonly attempts: number
  readonly suppression: number
  readonly delta: number
  readonly rows: readonly UtilityRow[]
}

export function publishUtilityResults(
  tasks: readonly UtilityTask[],
  answers: readonly UtilityAnswer[],
): UtilityResults {
  const name = ({ kind, at }: UtilityTask) => `${kind} ${at}`
  const rows = [...new Set(tasks.map(name))].map((one): UtilityRow => {
    const places = [...tasks.keys()].filter((i) => name(tasks[i]!) === one)
    const { kind, at } = tasks[places[0]!]!
    const own = places.map((i) => answers[i]!)
    const of = (key: 'auc' | 'main' | 'control' | 'risk' | 'rows') =>
      meanAndSpread(own.map((answer) => answer[key]))
    return {
      kind,
      at,
      seeds: own.length,
      rows: of('rows').mean,
      auc: of('auc').mean,
      aucSpread: of('auc').deviation,
      main: of('main').mean,
      control: of('control').mean,
      risk: of('risk').mean,
      interval: [
        Math.min(...own.map(({ interval }) => interval[0])),
        Math.max(...own.map(({ interval }) => interval[1])),
      ],
    }
  })
  return {
    attempts: tasks[0]!.attempts,
    suppression,
    delta,
    rows: rows.toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.at - b.at),
  }
}
