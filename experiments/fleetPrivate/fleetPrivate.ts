// What user-level privacy costs: DP-FedAvg over 1,000 simulated users of 60 images each, fixed and adaptive clipping.
// Source: McMahan et al. 2018 (fixed denominators, users by coins); Andrew et al. 2021 (adaptive); accounted by src/private.
// Users are drawn and noise is drawn from seeds here, so that a run can be repeated: the account is that of a fleet that draws both
// in secret, as the product does. Clipping norms and rates are one try each, chosen without a price: the private accuracy is that of
// numbers that somebody already knew.

import { adaptiveDpFedAvg } from '../../src/fleet/algorithms/adaptiveClipping.ts'
import type { Algorithm } from '../../src/fleet/algorithms/algorithm.ts'
import { dpFedAvg, type PrivateAlgorithm } from '../../src/fleet/algorithms/dpFedAvg.ts'
import { fedAvg } from '../../src/fleet/algorithms/fedAvg.ts'
import { seededSource } from '../../src/fleet/simulation/seededSource.ts'
import { noiseMultiplierFor } from '../../src/private/index.ts'
import type { Work } from '../experiment.ts'
import { evenPartsOf, openDigits, rowsOf } from '../fleet/digits.ts'
import { recorded } from '../fleet/going.ts'
import { digitsOf, sizesOf } from '../images/settings.ts'
import { atWork, type Images, partsOf } from '../images/training.ts'
import { type Share, share } from '../shares.ts'

/** One training. */
export interface PrivateTask extends Images {
  /** A fixed norm, `adaptive`, or `none`: no privacy, the same users and rounds. */
  readonly clipping: number | 'adaptive' | 'none'
  readonly users: number
  /** q */
  readonly participation: number
  readonly rounds: number
  readonly epsilon: number
  readonly delta: number
  readonly batch: number
  readonly rate: number
  readonly momentum: number
  readonly seed: number
}

export interface PrivateAnswer {
  readonly last: Share
  /** After each round. */
  readonly accuracies: readonly number[]
  /** Clipping norm after each round, where it moves. */
  readonly clips?: readonly number[] | undefined
  readonly spent?:
    | { readonly epsilon: number; readonly delta: number; readonly noiseMultiplier: number }
    | undefined
  /** Users in the least and in the largest round: their number is drawn, too. */
  readonly cohorts: readonly [least: number, most: number]
  readonly parameters: number
  readonly seconds: number
}

/** Of (ε, δ): below one over the number of users. */
export const delta = 1e-4

export const fleetPrivateWork: Work<PrivateTask, PrivateAnswer> = {
  async tasks(settings) {
    const { quick, seed } = settings
    const base = {
      images: await digitsOf(settings),
      ...sizesOf(settings),
      users: quick ? 100 : 1000,
      participation: 0.1,
      rounds: quick ? 3 : 60,
      epsilon: 8,
      delta,
      batch: 10,
      rate: 0.1,
      momentum: 0.5,
      seed,
    }
    return (['adaptive', 0.3, 'none', 1, 0.1] as const).map((clipping) => ({ clipping, ...base }))
  },
  run: (task, signal, shared) =>
    atWork(shared, signal, async (place) => {
      const start = performance.now()
      const { train, test } = await partsOf(task, place)
      const { users, participation, rounds, seed, batch } = task
      const parts = evenPartsOf(train.count, users, seed)
      const { fleet, trainer, weights } = await openDigits(train, parts, { batch, seed })
      const held = trainer.learner(rowsOf(test))
      const follow = async <State>(algorithm: Algorithm<State>) => {
        const { entries } = await recorded(
          { private: task },
          shared,
          { algorithm, fleet, weights, rounds, sampling: { rate: participation }, seed, signal },
          async (round) => ({
            accuracy: (await held.measure(round.weights)).accuracy!,
            users: round.answers.length,
            clip: clipOf(round.snapshot().states.at(-1)),
          }),
        )
        return entries
      }
      try {
        const { entries, spent } = await followed(task, follow)
        const counts = entries.map(({ users }) => users)
        return {
          last: share(Math.round(entries.at(-1)!.accuracy * test.count), test.count),
          accuracies: entries.map(({ accuracy }) => accuracy),
          ...(task.clipping === 'adaptive' ? { clips: entries.map(({ clip }) => clip!) } : {}),
          ...(spent ? { spent } : {}),
          cohorts: [Math.min(...counts), Math.max(...counts)],
          parameters: weights.length,
          seconds: (performance.now() - start) / 1000,
        }
      } finally {
        await trainer.close()
      }
    }),
}

const clipOf = (state: unknown): number | undefined => (state as { readonly clip?: number }).clip

async function followed<Entries>(
  task: PrivateTask,
  follow: <State>(algorithm: Algorithm<State>) => Promise<Entries>,
): Promise<{ readonly entries: Entries; readonly spent?: PrivateAnswer['spent'] }> {
  const { clipping, users: nodes, participation, rounds, epsilon, delta, batch, rate, momentum, seed } = task
  if (clipping === 'none') return { entries: await follow(fedAvg({ batch, rate })) }
  const noiseMultiplier = noiseMultiplierFor({ epsilon, delta, rate: participation, steps: rounds })
  const noise = seededSource(seed, 'central noise')
  const options = { nodes, participation, noiseMultiplier, batch, rate, momentum, noise }
  const spentBy = (algorithm: Pick<PrivateAlgorithm<unknown>, 'price'>) => ({
    epsilon: algorithm.price(rounds, delta),
    delta,
    noiseMultiplier,
  })
  if (clipping === 'adaptive') {
    const algorithm = adaptiveDpFedAvg(options)
    return { entries: await follow(algorithm), spent: spentBy(algorithm) }
  }
  const algorithm = dpFedAvg({ ...options, clip: clipping })
  return { entries: await follow(algorithm), spent: spentBy(algorithm) }
}
