// What the curves sum up to: accuracy after each round, and the round that reaches the mark.
// Source: fleetRounds.ts.

import type { Share } from '../shares.ts'
import { type CurveAlgorithm, mark, type RoundsAnswer, type RoundsTask } from './fleetRounds.ts'

export interface RoundsRow {
  readonly algorithm: CurveAlgorithm
  readonly accuracies: readonly number[]
  readonly last: Share
  readonly best: number
  /** The first round at the mark; null where there is none. */
  readonly reached: number | null
  readonly seconds: number
}

export interface RoundsResults {
  readonly mark: number
  readonly nodes: number
  readonly count: number
  readonly rounds: number
  readonly epochs: number
  readonly batch: number
  readonly rate: number
  readonly parameters: number
  readonly rows: readonly RoundsRow[]
}

export function fleetRoundsResults(
  tasks: readonly RoundsTask[],
  answers: readonly RoundsAnswer[],
): RoundsResults {
  const { nodes, count, rounds, epochs, batch, rate } = tasks[0]!
  return {
    mark,
    nodes,
    count,
    rounds,
    epochs,
    batch,
    rate,
    parameters: answers[0]!.parameters,
    rows: tasks.map(({ algorithm }, i) => {
      const { accuracies, last, reached, seconds } = answers[i]!
      return { algorithm, accuracies, last, best: Math.max(...accuracies), reached: reached ?? null, seconds }
    }),
  }
}
