// Federated averaging: nodes train for some passes, the server moves by the mean of their updates, weighted by rows.
// Source: McMahan, Moore, Ramage, Hampson, Arcas 2017, algorithm 1; written on updates, whose mean is the same.

import { type Aggregator, weightedMean } from './aggregators/weightedMean.ts'
import type { Algorithm, NodeStep } from './algorithm.ts'

/** How a node trains. */
export interface LocalTraining {
  /** E: passes over the node's rows; 1 unless given. */
  readonly epochs?: number | undefined
  /** B: rows a step; all rows unless given. */
  readonly batch?: number | undefined
  /** η */
  readonly rate: number
}

export interface FedAvgOptions extends LocalTraining {
  /** The mean by rows unless given; see aggregators/. */
  readonly aggregate?: Aggregator | undefined
}

/** FedAvg. With one pass, all rows a step and equal nodes it is gradient descent (FedSGD). */
export function fedAvg(options: FedAvgOptions): Algorithm<Float64Array> {
  const { aggregate = weightedMean } = options
  return Object.freeze({
    name: 'FedAvg',
    schedule: 'rounds',
    start: (weights: Float64Array) => weights,
    instruct: (weights: Float64Array, round: number) => ({
      round,
      vectors: { weights },
      settings: settingsOf(options),
    }),
    node: trainAndDiffer,
    combine: (weights, contributions) => {
      const move = aggregate(
        contributions.map(({ vectors, examples }) => ({ vector: vectors['update']!, examples })),
      )
      return weights.map((w, i) => w + move[i]!)
    },
    weights: (weights: Float64Array) => weights,
  } satisfies Algorithm<Float64Array>)
}

/** Settings as they travel; 0 stands for all rows. */
export const settingsOf = ({
  epochs = 1,
  batch = 0,
  rate,
}: LocalTraining): Readonly<Record<string, number>> => ({
  epochs,
  batch,
  rate,
})

/** The usual node: trains as told, answers new − old weights. `proximal` is heeded where it is sent. */
export const trainAndDiffer: NodeStep = async (learner, { vectors, settings }, { state, random, signal }) => {
  const from = vectors['weights']!
  const { epochs, batch, rate, proximal } = settings
  const { weights, loss } = await learner.train(from, {
    epochs: epochs!,
    ...(batch ? { batch } : {}),
    rate: rate!,
    ...(proximal ? { proximal: { strength: proximal } } : {}),
    random,
    signal,
  })
  return {
    contribution: {
      vectors: { update: weights.map((w, i) => w - from[i]!) },
      examples: learner.rows,
      metrics: { loss },
    },
    state,
  }
}
