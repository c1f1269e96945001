// What the encrypted network's trainings sum up to, and the break of its scheme.
// Source: sentiment.ts. Speeds are of a run whose tasks share the machine's cores.

import { average } from '../estimates.ts'
import { mergedShares, type Share } from '../shares.ts'
import type { Pass, SentimentAnswer, SentimentTask } from './sentiment.ts'

export interface SentimentRow {
  readonly encryption: string
  readonly activation: string
  /** Over all seeds together. */
  readonly online: Share
  readonly heldOut: Share
  /** Trainings whose values were lost, and after how many reviews at the earliest. */
  readonly lost: number
  readonly firstLost: number | null
  readonly trainings: number
  readonly largest: number
  readonly perSecond: number
  readonly asPlain: Share | null
  readonly weightsRead: Share | null
  readonly course: readonly number[]
}

/** How a scheme's key falls, and how long the scheme computes rightly. */
export type Break = NonNullable<SentimentAnswer['broken']> & { readonly scheme: string }

export interface SentimentResults {
  readonly reviews: number
  readonly heldOut: number
  /** In the vocabulary. */
  readonly words: number
  readonly rows: readonly SentimentRow[]
  readonly breaks: readonly Break[]
}

export function sentimentResults(
  tasks: readonly SentimentTask[],
  answers: readonly SentimentAnswer[],
): SentimentResults {
  const { reviews, heldOut } = tasks.find((task) => task.kind === 'training')!
  return {
    reviews,
    heldOut,
    words: answers.find((answer) => answer.training)!.training!.words,
    rows: rowsOf(tasks, answers),
    breaks: tasks.flatMap((task, i) =>
      task.kind === 'break' ? [{ scheme: task.scheme, ...answers[i]!.broken! }] : [],
    ),
  }
}

function rowsOf(tasks: readonly SentimentTask[], answers: readonly SentimentAnswer[]): SentimentRow[] {
  const groups = new Map<string, SentimentAnswer['training'][]>()
  const named = new Map<string, Extract<SentimentTask, { kind: 'training' }>>()
  tasks.forEach((task, i) => {
    if (task.kind !== 'training') return
    const name = `${task.encryption}, ${task.activation}`
    named.set(name, task)
    groups.set(name, [...(groups.get(name) ?? []), answers[i]!.training])
  })
  const order = ['plain', 'published', 'with noise']
  return [...groups]
    .map(([name, group]): SentimentRow => {
      const { encryption, activation } = named.get(name)!
      const trained = group.map((training) => training!)
      const passes = trained.map((training) => training.online)
      const lost = passes.flatMap((pass) => (pass.lost === null ? [] : [pass.lost]))
      return {
        encryption,
        activation,
        online: together(passes.map((pass) => pass.right)) as Share,
        heldOut: together(trained.map((training) => training.heldOut)) as Share,
        lost: lost.length,
        firstLost: lost.length > 0 ? Math.min(...lost) : null,
        trainings: trained.length,
        largest: Math.max(...passes.map((pass) => pass.largest)),
        perSecond: average(passes, (pass) => pass.perSecond),
        asPlain: together(trained.map((training) => training.asPlain)),
        weightsRead: together(trained.map((training) => training.weightsRead)),
        course: courseOf(passes),
      }
    })
    .sort((a, b) => order.indexOf(a.encryption) - order.indexOf(b.encryption))
}

/** Counts of several trainings as one; null where one lacks it. */
function together(shares: readonly (Share | undefined)[]): Share | null {
  const known = shares.flatMap((one) => (one ? [one] : []))
  if (known.length < shares.length) return null
  return mergedShares(known)
}

/** Means over trainings, as far as all of them go. */
function courseOf(passes: readonly Pass[]): number[] {
  const length = Math.min(...passes.map((pass) => pass.course.length))
  return Array.from({ length }, (_, i) => average(passes, (pass) => pass.course[i]!))
}
