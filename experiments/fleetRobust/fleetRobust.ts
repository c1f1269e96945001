// Liars in a fleet: what each aggregator keeps of the accuracy, below, at and beyond the liars that it is made for.
// Source: Yin et al. 2018; Blanchard et al. 2017; Sun et al. 2019. Liars of three kinds, none of them the strongest known
// (Baruch et al. 2019 stay within the honest spread): what holds here need not hold there.

import { coordinateMedian } from '../../src/fleet/algorithms/aggregators/coordinateMedian.ts'
import { krum, multiKrum } from '../../src/fleet/algorithms/aggregators/krum.ts'
import { normBound } from '../../src/fleet/algorithms/aggregators/normBound.ts'
import { trimmedMean } from '../../src/fleet/algorithms/aggregators/trimmedMean.ts'
import { type Aggregator, weightedMean } from '../../src/fleet/algorithms/aggregators/weightedMean.ts'
import type { NodeStep } from '../../src/fleet/algorithms/algorithm.ts'
import { fedAvg, trainAndDiffer } from '../../src/fleet/algorithms/fedAvg.ts'
import { weightsToVector } from '../../src/fleet/layout.ts'
import { openTrainer } from '../../src/fleet/learner/trainer.ts'
import { datasetFleet, openFleet } from '../../src/fleet/simulation/datasetFleet.ts'
import { simulate } from '../../src/fleet/simulation/simulate.ts'
import { constant, div } from '../../src/graph/index.ts'
import {
  type Dataset,
  dense,
  flatten,
  functionLayer,
  initialWeights,
  sequential,
} from '../../src/learn/index.ts'
import { seededStream } from '../../src/random/seeded.ts'
import type { Work } from '../experiment.ts'
import { evenPartsOf, loss, rowsOf } from '../fleet/digits.ts'
import { digitsOf } from '../images/settings.ts'
import { atWork, type Images, partsOf } from '../images/training.ts'
import { type Share, share } from '../shares.ts'

/** Made for 9 of 30 liars. */
export const provided = 9
const aggregators = {
  mean: weightedMean,
  median: coordinateMedian,
  'trimmed mean': trimmedMean(0.3),
  Krum: krum(provided),
  'multi-Krum': multiKrum(provided, 15),
  'norm bound': normBound(1),
} as const satisfies Record<string, Aggregator>
export type AggregatorName = keyof typeof aggregators

/**
 * - `reversed`: ten times the update, backwards;
 * - `together`: one large random vector, the same of all liars;
 * - `labels`: an honest training on labels 9 − y.
 */
export const lies = ['reversed', 'together', 'labels'] as const
export type Lie = (typeof lies)[number]

/** One aggregator under all lies. */
export interface RobustTask extends Images {
  readonly aggregator: AggregatorName
  readonly nodes: number
  readonly liars: readonly number[]
  readonly rounds: number
  readonly seed: number
}

export interface RobustAnswer {
  /** Without liars. */
  readonly honest: Share
  readonly under: readonly { readonly lie: Lie; readonly liars: number; readonly accuracy: Share }[]
  readonly seconds: number
}

export const fleetRobustWork: Work<RobustTask, RobustAnswer> = {
  async tasks(settings) {
    const { quick, seed } = settings
    const images = await digitsOf(settings)
    const base = {
      images,
      train: quick ? 1500 : 12_000,
      ...(quick ? { test: 500 } : {}),
      nodes: 30,
      liars: quick ? [6] : [6, 9, 14, 16],
      rounds: quick ? 2 : 20,
      seed,
    }
    return (Object.keys(aggregators) as AggregatorName[]).map((aggregator) => ({ aggregator, ...base }))
  },
  run: (task, signal, shared) =>
    atWork(shared, signal, async (place) => {
      const start = performance.now()
      const { train, test } = await partsOf(task, place)
      const data = rowsOf(train)
      const held = rowsOf(test)
      const honest = await accuracyOf(task, { data, held, signal })
      const under: RobustAnswer['under'][number][] = []
      for (const lie of lies)
        for (const liars of task.liars)
          under.push({ lie, liars, accuracy: await accuracyOf(task, { data, held, lie, liars, signal }) })
      return { honest, under, seconds: (performance.now() - start) / 1000 }
    }),
}

async function accuracyOf(
  { aggregator, nodes, rounds, seed }: RobustTask,
  {
    data,
    held,
    lie,
    liars = 0,
    signal,
  }: {
    readonly data: Dataset
    readonly held: Dataset
    readonly lie?: Lie | undefined
    readonly liars?: number | undefined
    readonly signal: AbortSignal | undefined
  },
): Promise<Share> {
  const model = sequential(
    [functionLayer([1, 28, 28], (x) => div(x, constant([255], [1]))), flatten(), dense({ units: 10 })],
    { input: [1, 28, 28] },
  )
  const { layers, input } = model
  const rows = data.y.shape[0]!
  const parts = evenPartsOf(rows, nodes, seed)
  const lied = { ...data, y: { ...data.y, data: (data.y.data as Int32Array).slice() } }
  if (lie === 'labels')
    for (const part of parts.slice(0, liars)) for (const row of part) lied.y.data[row] = 9 - lied.y.data[row]!
  const open = await openFleet(datasetFleet({ layers, input, loss, data: lied, parts, batch: 20 }).options)
  const step = stepOf(lie, seed)
  const trainer = await openTrainer(model, { loss, pixels: true, threads: 1 })
  try {
    const { weights } = await simulate({
      algorithm: fedAvg({ batch: 20, rate: 0.1, aggregate: aggregators[aggregator] }),
      fleet: { ...open, step: (index) => (index < liars ? step : undefined) },
      weights: weightsToVector(initialWeights(model, seed), trainer.layout),
      rounds,
      seed,
      signal,
    })
    const count = held.y.shape[0]!
    // Weights that liars have blown up may give no numbers at all: then nothing is right.
    const { accuracy } = await trainer.learner(held).measure(weights)
    return share(Math.round((accuracy ?? 0) * count), count)
  } finally {
    await trainer.close()
    await open.close()
  }
}

function stepOf(lie: Lie | undefined, seed: number): NodeStep | undefined {
  if (lie === 'reversed')
    return async (learner, instruction, context) => {
      const { contribution, state } = await trainAndDiffer(learner, instruction, context)
      const update = contribution.vectors['update']!.map((v) => -10 * v)
      return { contribution: { ...contribution, vectors: { update } }, state }
    }
  if (lie === 'together')
    return async (learner, { vectors, round }, { state }) => {
      const draws = seededStream(seed, 'lie', round)
      const update = vectors['weights']!.map(() => draws.normal())
      return { contribution: { vectors: { update }, examples: learner.rows, metrics: {} }, state }
    }
  return undefined
}
