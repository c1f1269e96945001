// Our outcome beside ARX's, and what that amounts to.
// Source: losses agree where they differ by 1e-9 of their value, and 1e-10 more: ARX rounds the loss of a column to ten decimals.

import type { ArxAnswer, ArxTask } from './work.ts'

/**
 * - `same`: its levels and its loss; `same loss`: another node that loses as much;
 * - `less`: ours loses less, and at ARX's node as much as ARX says; `otherwise`: at ARX's node other rows are suppressed here;
 * - `theirs fails`: ARX's node does not pass the models by our reckoning; `more`: it does, and ours loses more: a fault of ours;
 * - `neither`: both found none; `left out`: we did not look.
 */
export const verdicts = [
  'same',
  'same loss',
  'less',
  'neither',
  'theirs fails',
  'otherwise',
  'more',
  'left out',
] as const
export type Verdict = (typeof verdicts)[number]

export interface ArxRow {
  readonly id: string
  /** Whether ARX promises the optimum for it: an exact search that was not told to stop at the first node. */
  readonly exact: boolean
  readonly theirs: { readonly loss: readonly number[]; readonly levels: readonly number[] } | null
  readonly ours: {
    readonly loss: readonly number[]
    readonly levels: readonly number[]
    readonly suppressed: number
    readonly checked: number
    /** The loss at ARX's node, where it passes here. */
    readonly atTheirs: readonly number[] | null
  } | null
  readonly verdict: Verdict
  readonly reason: string | null
}

export interface ArxResults {
  readonly rows: readonly ArxRow[]
}

/** Negative where the first loses less; 0 within what ARX's rounding explains. */
export function compareRounded(ours: readonly number[], theirs: readonly number[]): number {
  for (let i = 0; i < theirs.length; i++) {
    const difference = (ours[i] ?? Number.POSITIVE_INFINITY) - theirs[i]!
    if (Math.abs(difference) > 1e-9 * Math.abs(theirs[i]!) + 1.01e-10) return difference
  }
  return 0
}

const heuristics = /^Anonymization(Heuristic|Genetic|LocalRecoding|DifferentialPrivacy)/

export function rowOf({ outcome }: ArxTask, answer: ArxAnswer): ArxRow {
  const { id, expected_loss: expected, expected_levels: levels, practical } = outcome
  const loss = typeof expected === 'number' ? [expected] : typeof expected === 'string' ? [] : expected
  const theirs = levels === null || typeof expected === 'string' ? null : { loss, levels }
  const row = { id, exact: !practical && !heuristics.test(id), theirs, ours: null, reason: null }
  if (answer.kind === 'left out') return { ...row, verdict: 'left out', reason: answer.reason }
  if (answer.kind === 'no solution')
    return { ...row, verdict: theirs ? 'more' : 'neither', reason: answer.says }
  const { loss: found, levels: at, suppressed, checked, atTheirs } = answer
  const ours = { loss: found, levels: at, suppressed, checked, atTheirs }
  return { ...row, ours, verdict: theirs ? verdictOf(ours, theirs) : 'less' }
}

function verdictOf(ours: NonNullable<ArxRow['ours']>, theirs: NonNullable<ArxRow['theirs']>): Verdict {
  const difference = compareRounded(ours.loss, theirs.loss)
  if (difference === 0) return ours.levels.join() === theirs.levels.join() ? 'same' : 'same loss'
  if (ours.atTheirs === null) return 'theirs fails'
  if (compareRounded(ours.atTheirs, theirs.loss) !== 0) return 'otherwise'
  return difference < 0 ? 'less' : 'more'
}

export const publishArxResults = (tasks: readonly ArxTask[], answers: readonly ArxAnswer[]): ArxResults => ({
  rows: tasks.map((task, i) => rowOf(task, answers[i]!)),
})
