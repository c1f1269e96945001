// Accuracy by rounds over nodes with two digits each: FedAvg, and what was made against its drift.
// Source: McMahan et al. 2017 (shards, C = 0.1, E = 5, B = 10); Li et al. 2020; Karimireddy et al. 2020; Hsu et al. 2019; Reddi et al. 2021.
// Rates are one try each, not searched: an order of the algorithms is not to be read off one curve of each.

import type { Algorithm } from '../../src/fleet/algorithms/algorithm.ts'
import { fedAdam } from '../../src/fleet/algorithms/fedAdam.ts'
import { fedAvg } from '../../src/fleet/algorithms/fedAvg.ts'
import { fedAvgM } from '../../src/fleet/algorithms/fedAvgM.ts'
import { fedProx } from '../../src/fleet/algorithms/fedProx.ts'
import { scaffold } from '../../src/fleet/algorithms/scaffold.ts'
import type { Settings, Work } from '../experiment.ts'
import { openDigits, rowsOf, shardsOf } from '../fleet/digits.ts'
import { recorded } from '../fleet/going.ts'
import { digitsOf, sizesOf } from '../images/settings.ts'
import { atWork, type Images, partsOf } from '../images/training.ts'
import { type Share, share } from '../shares.ts'

export const curveAlgorithms = ['FedAvg', 'FedProx', 'SCAFFOLD', 'FedAvgM', 'FedAdam'] as const
export type CurveAlgorithm = (typeof curveAlgorithms)[number]

/** One curve. */
export interface RoundsTask extends Images {
  readonly algorithm: CurveAlgorithm
  readonly nodes: number
  /** Nodes a round. */
  readonly count: number
  readonly rounds: number
  readonly epochs: number
  readonly batch: number
  readonly rate: number
  readonly seed: number
}

export interface RoundsAnswer {
  /** Of the test images, after each round. */
  readonly accuracies: readonly number[]
  readonly last: Share
  /** The first round with 97% and more; absent where there is none. */
  readonly reached?: number | undefined
  readonly parameters: number
  readonly seconds: number
}

export const mark = 0.97

export const fleetRoundsWork: Work<RoundsTask, RoundsAnswer> = {
  async tasks(settings: Settings) {
    const images = await digitsOf(settings)
    const rounds = settings.quick ? 3 : 100
    return curveAlgorithms.map((algorithm) => ({
      algorithm,
      images,
      ...sizesOf(settings),
      nodes: 100,
      count: 10,
      rounds,
      epochs: 5,
      batch: 10,
      rate: 0.05,
      seed: settings.seed,
    }))
  },
  run: (task, signal, shared) =>
    atWork(shared, signal, async (place) => {
      const start = performance.now()
      const { train, test } = await partsOf(task, place)
      const { nodes, count, rounds, seed, batch } = task
      const parts = shardsOf(train.labels!.of, { nodes, shards: 2, seed })
      const { fleet, trainer, weights } = await openDigits(train, parts, { batch, seed })
      const held = trainer.learner(rowsOf(test))
      const measured = async (at: Float64Array) => (await held.measure(at)).accuracy!
      const follow = <State>(algorithm: Algorithm<State>) =>
        recorded(
          { curve: task },
          shared,
          { algorithm, fleet, weights, rounds, sampling: { count }, seed, signal },
          (round) => measured(round.weights),
        )
      try {
        const { entries: accuracies } = await followed(task, follow)
        const at = accuracies.findIndex((accuracy) => accuracy >= mark)
        return {
          accuracies,
          last: share(Math.round(accuracies.at(-1)! * test.count), test.count),
          ...(at < 0 ? {} : { reached: at + 1 }),
          parameters: weights.length,
          seconds: (performance.now() - start) / 1000,
        }
      } finally {
        await trainer.close()
      }
    }),
}

/** Each algorithm's state is of a type of its own, which is forgotten here. */
function followed<Found>(
  { algorithm, nodes, epochs, batch, rate }: RoundsTask,
  follow: <State>(algorithm: Algorithm<State>) => Promise<Found>,
): Promise<Found> {
  const local = { epochs, batch, rate }
  switch (algorithm) {
    case 'FedAvg':
      return follow(fedAvg(local))
    case 'FedProx':
      return follow(fedProx({ ...local, mu: 0.1 }))
    case 'SCAFFOLD':
      return follow(scaffold({ ...local, nodes }))
    case 'FedAvgM':
      return follow(fedAvgM({ ...local, momentum: 0.9, serverRate: 0.3 }))
    case 'FedAdam':
      return follow(fedAdam({ ...local, serverRate: 0.01 }))
  }
}
