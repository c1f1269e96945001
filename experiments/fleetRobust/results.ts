// What aggregators keep: accuracy without liars, and under each lie by the number of liars.
// Source: fleetRobust.ts.

import type { Share } from '../shares.ts'
import { type AggregatorName, type Lie, provided, type RobustAnswer, type RobustTask } from './fleetRobust.ts'

export interface RobustRow {
  readonly aggregator: AggregatorName
  readonly honest: Share
  readonly under: readonly { readonly lie: Lie; readonly liars: number; readonly accuracy: Share }[]
  readonly seconds: number
}

export interface RobustResults {
  readonly nodes: number
  /** Training images of all nodes. */
  readonly images: number
  readonly liars: readonly number[]
  /** Liars that aggregators are made for. */
  readonly provided: number
  readonly rounds: number
  readonly rows: readonly RobustRow[]
}

export function fleetRobustResults(
  tasks: readonly RobustTask[],
  answers: readonly RobustAnswer[],
): RobustResults {
  const { nodes, liars, rounds, train } = tasks[0]!
  return {
    nodes,
    images: train!,
    liars,
    provided,
    rounds,
    rows: tasks.map(({ aggregator }, i) => ({ aggregator, ...answers[i]! })),
  }
}
