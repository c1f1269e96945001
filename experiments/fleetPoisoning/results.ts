// What attacks of a participant came to, one row an attack and defence, over seeds.
// Source: fleetPoisoning.ts. Steering is measured at the end of the attack's rounds; pictures after all rounds.

import { mean } from '../../src/statistics/moments.ts'
import type { PoisoningAnswer, PoisoningEntry, PoisoningTask } from './fleetPoisoning.ts'

/** Over runs. */
export interface Spread {
  readonly mean: number
  readonly least: number
  readonly most: number
}

export interface PoisoningRow {
  readonly attack: PoisoningEntry['attack']
  /** Rounds of the attack. */
  readonly rounds: number
  /** Pixels a side of the GAN's pictures; null else. */
  readonly side: number | null
  readonly defence: PoisoningEntry['defence']
  /** Whether the server sees single updates: where it sees a sum alone, no rule exists. */
  readonly seesUpdates: boolean
  readonly runs: number
  /** Share of the chosen rows that get the attacker's class; of pictures that an independent model takes for the class. */
  readonly success: Spread
  /** The same without the attack: an honest twin, or pictures of a control. */
  readonly control: Spread
  readonly accuracy: Spread
  /** Of the honest twin. */
  readonly honest: Spread
  /** Honest rounds that it lasted, of 15; null of the GAN, and where no run got more than chance. */
  readonly lasted: Spread | null
}

export interface PoisoningResults {
  readonly rows: readonly PoisoningRow[]
}

const over = (values: readonly number[]): Spread => ({
  mean: mean(values),
  least: Math.min(...values),
  most: Math.max(...values),
})

export function fleetPoisoningResults(
  tasks: readonly PoisoningTask[],
  answers: readonly PoisoningAnswer[],
): PoisoningResults {
  const members = tasks.flatMap((task, i) => {
    const { rounds } = task
    const side = 'side' in task ? task.side : null
    return answers[i]!.entries.map((entry) => ({
      key: JSON.stringify([entry.attack, rounds, side, entry.defence]),
      attack: entry.attack,
      rounds,
      side,
      entry,
    }))
  })
  const keys = [...new Set(members.map(({ key }) => key))]
  return {
    rows: keys.map((wanted) => {
      const own = members.filter(({ key }) => key === wanted)
      const [{ attack, rounds, side, entry }] = own as [(typeof own)[number]]
      const { defence, seesUpdates } = entry
      return {
        attack,
        rounds,
        side,
        defence,
        seesUpdates,
        runs: own.length,
        ...spreadsOf(own.map((one) => one.entry)),
      }
    }),
  }
}

function spreadsOf(
  entries: readonly PoisoningEntry[],
): Pick<PoisoningRow, 'success' | 'control' | 'accuracy' | 'honest' | 'lasted'> {
  const of = entries.map(({ steered, made }) => {
    const end = steered?.rounds[steered.attacked - 1]
    return {
      success: made?.share ?? end!.success,
      control: made?.chance ?? steered!.honest.success,
      accuracy: made?.accuracy ?? end!.accuracy,
      honest: made?.honest ?? steered!.honest.accuracy,
    }
  })
  const lasted = entries.flatMap(({ steered }) =>
    typeof steered?.survived === 'number' ? [steered.survived] : [],
  )
  return {
    success: over(of.map((one) => one.success)),
    control: over(of.map((one) => one.control)),
    accuracy: over(of.map((one) => one.accuracy)),
    honest: over(of.map((one) => one.honest)),
    lasted: lasted.length > 0 ? over(lasted) : null,
  }
}
