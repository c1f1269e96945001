// What selective SGD's trainings sum up to, the largest share of changes first, and those who share nothing last.
// Source: fleetSelective.ts.

import type { Share } from '../shares.ts'
import type { SelectiveAnswer, SelectiveTask } from './fleetSelective.ts'

export interface SelectiveRow {
  /** θ_u; null for participants alone. */
  readonly upload: number | null
  readonly last: Share
  /** After each round; of participants alone, that of each of them. */
  readonly accuracies: readonly number[]
  readonly seconds: number
}

export interface SelectiveResults {
  readonly participants: number
  readonly images: number
  readonly rounds: number
  readonly batch: number
  readonly rate: number
  readonly parameters: number
  readonly rows: readonly SelectiveRow[]
}

export function fleetSelectiveResults(
  tasks: readonly SelectiveTask[],
  answers: readonly SelectiveAnswer[],
): SelectiveResults {
  const { participants, rows: images, rounds, batch, rate } = tasks[0]!
  const rows = tasks.map(({ upload }, i): SelectiveRow => {
    const { last, accuracies, seconds } = answers[i]!
    return { upload: upload ?? null, last, accuracies, seconds }
  })
  return {
    participants,
    images,
    rounds,
    batch,
    rate,
    parameters: answers[0]!.parameters,
    rows: rows.toSorted((a, b) => (b.upload ?? 0) - (a.upload ?? 0)),
  }
}
