// What the private trainings sum up to: accuracy, account, and the clipping norm where it moves.
// Source: fleetPrivate.ts.

import type { Share } from '../shares.ts'
import type { PrivateAnswer, PrivateTask } from './fleetPrivate.ts'

export interface PrivateRow {
  readonly clipping: PrivateTask['clipping']
  readonly last: Share
  readonly accuracies: readonly number[]
  /** Clipping norm after each round; null where it stays. */
  readonly clips: readonly number[] | null
  /** null where nothing is private. */
  readonly spent: NonNullable<PrivateAnswer['spent']> | null
  readonly cohorts: PrivateAnswer['cohorts']
  readonly seconds: number
}

export interface PrivateResults {
  readonly users: number
  readonly participation: number
  readonly rounds: number
  readonly epsilon: number
  readonly delta: number
  readonly parameters: number
  readonly rows: readonly PrivateRow[]
}

const order = (clipping: PrivateTask['clipping']): number =>
  clipping === 'none' ? -2 : clipping === 'adaptive' ? -1 : clipping

export function fleetPrivateResults(
  tasks: readonly PrivateTask[],
  answers: readonly PrivateAnswer[],
): PrivateResults {
  const { users, participation, rounds, epsilon, delta } = tasks[0]!
  const rows = tasks.map(({ clipping }, i): PrivateRow => {
    const { last, accuracies, clips, spent, cohorts, seconds } = answers[i]!
    return { clipping, last, accuracies, clips: clips ?? null, spent: spent ?? null, cohorts, seconds }
  })
  return {
    users,
    participation,
    rounds,
    epsilon,
    delta,
    parameters: answers[0]!.parameters,
    rows: rows.toSorted((a, b) => order(a.clipping) - order(b.clipping)),
  }
}
