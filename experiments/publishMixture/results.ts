// What the generators sum up to: means over seeds, with their spread.
// Source: publishMixture.ts.

import { meanAndSpread } from '../../src/statistics/moments.ts'
import { type Arm, type MixtureAnswer, type MixtureTask, recipe, sizes } from './publishMixture.ts'

export interface MixtureRow {
  readonly arm: Arm
  readonly epsilon: number
  readonly seeds: number
  readonly accuracy: number
  /** Standard deviation over seeds; 0 of one. */
  readonly spread: number
  readonly membership: number
  /** The one of all seeds that is farthest from one half. */
  readonly farthest: number
  readonly clusters: number
  readonly noiseMultiplier: number
  readonly spent: number
  /** The most of all seeds. */
  readonly seconds: number
}

export interface MixtureResults {
  readonly train: number
  readonly recipe: typeof recipe
  readonly sizes: typeof sizes
  readonly rows: readonly MixtureRow[]
}

const arms: readonly Arm[] = ['real', 'clusters', 'one network']

/** Real rows; then by ε, from none at all; clusters first. */
export const inOrder = (
  a: Pick<MixtureTask, 'arm' | 'epsilon'>,
  b: Pick<MixtureTask, 'arm' | 'epsilon'>,
): number =>
  Number(b.arm === 'real') - Number(a.arm === 'real') ||
  (b.epsilon || Number.POSITIVE_INFINITY) - (a.epsilon || Number.POSITIVE_INFINITY) ||
  arms.indexOf(a.arm) - arms.indexOf(b.arm)

export function publishMixtureResults(
  tasks: readonly MixtureTask[],
  answers: readonly MixtureAnswer[],
): MixtureResults {
  const name = ({ arm, epsilon }: MixtureTask) => `${arm} ${epsilon}`
  const rows = [...new Set(tasks.map(name))].map((one): MixtureRow => {
    const places = [...tasks.keys()].filter((i) => name(tasks[i]!) === one)
    const own = places.map((i) => answers[i]!)
    const { arm, epsilon } = tasks[places[0]!]!
    const accuracy = meanAndSpread(own.map((answer) => answer.accuracy))
    const told = own.map((answer) => answer.membership)
    return {
      arm,
      epsilon,
      seeds: own.length,
      accuracy: accuracy.mean,
      spread: accuracy.deviation,
      membership: meanAndSpread(told).mean,
      farthest: told.reduce((most, v) => (Math.abs(v - 0.5) > Math.abs(most - 0.5) ? v : most)),
      clusters: Math.min(...own.map((answer) => answer.clusters)),
      noiseMultiplier: meanAndSpread(own.map((answer) => answer.noiseMultiplier)).mean,
      spent: Math.max(...own.map((answer) => answer.spent)),
      seconds: Math.max(...own.map((answer) => answer.seconds)),
    }
  })
  return { train: tasks[0]!.train, recipe, sizes, rows: rows.toSorted(inOrder) }
}
