// What the stages' trainings sum up to: accuracy and epochs of each change, against no protection and against all stages.
// Source: stages.ts. Differences are paired by seed; an interval that holds 0 shows no effect, which is not a proof of none.

import { meanAndSpread } from '../../src/statistics/moments.ts'
import { average, type Estimate, meanEstimate, ratioEstimate } from '../estimates.ts'
import type { Trial } from '../wheat.ts'
import { type StagesAnswer, type StagesTask, unchanged } from './stages.ts'

/** One change at one number of layers, over folds and seeds. */
export interface StagePoint {
  readonly change: string
  readonly layers: number
  readonly accuracy: { readonly mean: number; readonly deviation: number }
  /** Against no protection. */
  readonly toBase: Estimate
  /** Against all stages with tanh. */
  readonly toAllStages: Estimate
  readonly epochRatio: Estimate
  readonly diverged: number
}

type BySeed = ReadonlyMap<number, readonly Trial[]>

export const none = 'no protection'

export interface StagesResults {
  readonly seeds: number
  readonly points: readonly StagePoint[]
}

export function stagesResults(tasks: readonly StagesTask[], answers: readonly StagesAnswer[]): StagesResults {
  const groups = new Map<string, Map<number, readonly Trial[]>>()
  const idOf = (change: string, layers: number) => JSON.stringify([change, layers])
  tasks.forEach(({ change = none, depths, seed }, i) => {
    depths.forEach((layers, d) => {
      const id = idOf(change, layers)
      groups.set(id, (groups.get(id) ?? new Map()).set(seed, answers[i]!.trials[d]!))
    })
  })
  const base = groups.get(idOf(none, 0))!
  const points = [...groups].map(([id, of]): StagePoint => {
    const [change, layers] = JSON.parse(id) as [string, number]
    const seeds = [...of.keys()]
    const trained = [...of.values()].flat()
    const against = (other: BySeed): Estimate =>
      meanEstimate(seeds.map((s) => accuracyOf(of.get(s)!) - accuracyOf(other.get(s)!)))
    const [epochs, without] = [of, base].map((g) => seeds.map((s) => average(g.get(s)!, (t) => t.epochs)))
    return {
      change,
      layers,
      accuracy: meanAndSpread(trained.map((t) => t.accuracy)),
      toBase: against(base),
      toAllStages: against(groups.get(idOf(unchanged, layers)) ?? base),
      epochRatio: ratioEstimate(epochs!, without!),
      diverged: trained.filter((t) => t.diverged).length / trained.length,
    }
  })
  return { seeds: base.size, points }
}

const accuracyOf = (trials: readonly Trial[]): number => average(trials, (t) => t.accuracy)
