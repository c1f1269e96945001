// What the methods got right: of each user over seeds, of all, of users who were no part of the fleet, and between methods.
// Source: fleetPersonal.ts. Intervals of differences are over users, for windows of one user are alike.

import { wilson } from '../../src/statistics/binomial.ts'
import { mean, sum } from '../../src/statistics/moments.ts'
import { type Estimate, meanEstimate } from '../estimates.ts'
import type { Share } from '../shares.ts'
import {
  type Method,
  methods,
  type PersonalAnswer,
  type PersonalTask,
  type UserAnswer,
} from './fleetPersonal.ts'

export interface UserRow {
  readonly user: string
  /** Test windows. */
  readonly windows: number
  /** Of them, in the mean over seeds. */
  readonly right: Readonly<Partial<Record<Method, number>>>
}

/** How much more of their windows users get told rightly, in the mean over users. */
export interface Comparison {
  readonly better: Method
  readonly than: Method
  readonly gain: Estimate
  /** Users with more right windows, with as many, and with fewer. */
  readonly users: readonly [more: number, even: number, fewer: number]
}

export interface Group {
  readonly totals: readonly { readonly method: Method; readonly right: Share }[]
  readonly comparisons: readonly Comparison[]
  readonly users: readonly UserRow[]
}

export interface PersonalResults {
  readonly rounds: number
  readonly seeds: number
  /** Users of the fleet. */
  readonly fleet: Group
  /** Users who were given a fleet's model and were no part of it; null where none was left out. */
  readonly apart: Group | null
}

export function fleetPersonalResults(
  tasks: readonly PersonalTask[],
  answers: readonly PersonalAnswer[],
): PersonalResults {
  const of = (wanted: (task: PersonalTask) => boolean) =>
    answers.filter((_, i) => wanted(tasks[i]!)).flatMap(({ users }) => users)
  const whole = tasks.filter(({ apart }) => apart === undefined)
  // FedPer has no last layer for users whom it never saw.
  const left = of(({ apart }) => apart !== undefined).filter(({ right }) => right.FedPer === undefined)
  return {
    rounds: tasks[0]!.rounds,
    seeds: whole.length,
    fleet: groupOf(of(({ apart }) => apart === undefined)),
    apart: left.length === 0 ? null : groupOf(left),
  }
}

function groupOf(answers: readonly UserAnswer[]): Group {
  const names = [...new Set(answers.map(({ user }) => user))].sort((a, b) => Number(a) - Number(b))
  const users = names.map((user): UserRow => {
    const own = answers.filter((answer) => answer.user === user)
    const measured = methods.filter((method) => own.every(({ right }) => right[method] !== undefined))
    return {
      user,
      windows: own[0]!.windows,
      right: Object.fromEntries(
        measured.map((method) => [method, mean(own.map(({ right }) => right[method]!))]),
      ),
    }
  })
  const measured = methods.filter((method) => users.every(({ right }) => right[method] !== undefined))
  const windows = sum(users.map((row) => row.windows))
  return {
    totals: measured.map((method) => {
      const value = sum(users.map(({ right }) => right[method]!)) / windows
      // A window counts once: seeds train again, and do not bring other windows.
      return { method, right: { value, interval: wilson(value, windows), of: windows } }
    }),
    comparisons: (['global', 'local'] as const).map((than) => compared(users, 'personalised', than)),
    users,
  }
}

function compared(users: readonly UserRow[], better: Method, than: Method): Comparison {
  const gains = users.map(({ right, windows }) => (right[better]! - right[than]!) / windows)
  return {
    better,
    than,
    gain: meanEstimate(gains),
    users: [
      gains.filter((gain) => gain > 0).length,
      gains.filter((gain) => gain === 0).length,
      gains.filter((gain) => gain < 0).length,
    ],
  }
}
