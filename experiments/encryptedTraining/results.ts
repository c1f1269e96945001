// What encrypted training sums up to: held-out accuracy beside the plain, round trips, bytes, time.
// Source: encryptedTraining.ts. Seconds are of a run whose tasks share the machine's cores.

import { average } from '../estimates.ts'
import { mergedShares, type Share } from '../shares.ts'
import type { EncryptedTrainingAnswer, EncryptedTrainingTask } from './encryptedTraining.ts'

export interface TrainingRow {
  readonly data: string
  readonly model: string
  readonly encrypted: string
  readonly rows: number
  readonly features: number
  readonly sigmoid: Share
  readonly polynomial: Share
  readonly underEncryption: Share
  readonly asPlain: Share
  readonly largest: number
  readonly reach: number | null
  readonly weightError: number
  readonly steps: number
  readonly roundTrips: number
  readonly bytesUp: number
  readonly bytesDown: number
  readonly secondsPerStep: number
  readonly plan: string
}

export interface EncryptedTrainingResults {
  readonly rows: readonly TrainingRow[]
}

export const encryptedTrainingResults = (
  tasks: readonly EncryptedTrainingTask[],
  answers: readonly EncryptedTrainingAnswer[],
): EncryptedTrainingResults => ({ rows: rowsOf(tasks, answers) })

function rowsOf(
  tasks: readonly EncryptedTrainingTask[],
  answers: readonly EncryptedTrainingAnswer[],
): TrainingRow[] {
  const groups = new Map<string, EncryptedTrainingAnswer[]>()
  tasks.forEach(({ data, model, encryptedRows }, i) => {
    const name = `${data}|${model}|${encryptedRows ? 'model and rows' : 'model'}`
    groups.set(name, [...(groups.get(name) ?? []), answers[i]!])
  })
  return [...groups].map(([name, group]): TrainingRow => {
    const [data, model, encrypted] = name.split('|') as [string, string, string]
    const together = (of: (answer: EncryptedTrainingAnswer) => Share) => mergedShares(group.map(of))
    const first = group[0]!
    return {
      data,
      model,
      encrypted,
      rows: first.rows,
      features: first.features,
      sigmoid: together((a) => a.sigmoid),
      polynomial: together((a) => a.polynomial),
      underEncryption: together((a) => a.encrypted),
      asPlain: together((a) => a.asPlain),
      largest: Math.max(...group.map((a) => a.largest)),
      reach: first.reach,
      weightError: Math.max(...group.map((a) => a.weightError)),
      steps: first.steps,
      roundTrips: first.roundTrips,
      bytesUp: average(group, (a) => a.bytesUp),
      bytesDown: average(group, (a) => a.bytesDown),
      secondsPerStep: average(group, (a) => a.seconds / a.steps),
      plan: first.plan,
    }
  })
}
