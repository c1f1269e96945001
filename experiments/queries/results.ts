// What private queries sum up to: the session answer by answer, how often bars held, means beside naive ones.
// Source: queries.ts.

import type { BarsAnswer, MeanAnswer, QueriesAnswer, QueriesTask, SessionAnswer } from './queries.ts'

export interface QueriesResults {
  readonly rows: number
  /** Draws of the noise. */
  readonly runs: number
  readonly session: readonly SessionAnswer[]
  /** Why an eleventh query was not answered. */
  readonly refusal: string
  readonly bars: readonly BarsAnswer[]
  readonly means: readonly MeanAnswer[]
}

export function queriesResults(
  tasks: readonly QueriesTask[],
  answers: readonly QueriesAnswer[],
): QueriesResults {
  const { rows, answers: session, refusal } = answers.find((one) => one.kind === 'session')!
  return {
    rows,
    runs: tasks[0]!.runs,
    session,
    refusal,
    bars: answers.flatMap((one) => (one.kind === 'bars' ? one.bars : [])),
    means: answers.flatMap((one) => (one.kind === 'means' ? one.means : [])),
  }
}
