// Federated averaging: nodes train for some passes, the server moves by the mean of their updates, weighted by rows.
// Source: McMahan, Moore, Ramage, Hampson, Arcas 2017, algorithm 1; written on updates, whose mean is the same.
// It promises no optimum where nodes' rows differ: with more than one step a node it settles beside it (Karimireddy et al. 2020).

import { FrostglassError } from '../../errors.ts'
import { type Aggregator, weightedMean } from './aggregators/weightedMean.ts'
import type { Algorithm, Contribution, Instruction, NodeStep } from './algorithm.ts'

/** How a node trains. */
export interface LocalTraining {
  /** E: passes over the node's rows; 1 unless given. */
  readonly epochs?: number | undefined
  /** B: rows a step; all rows unless given, and then as many as its owner says at a private node of a coordinator. */
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
    combine: (weights, contributions) =>
      contributions.length === 0 ? weights : plus(weights, aggregate(updatesOf(contributions))),
    weights: (weights: Float64Array) => weights,
  } satisfies Algorithm<Float64Array>)
}

/** Settings as they travel; 0 stands for all rows. @throws FrostglassError 'usage' for numbers out of their ranges */
export function settingsOf({ epochs = 1, batch = 0, rate }: LocalTraining): Readonly<Record<string, number>> {
  const refuse = (what: string, hint: string): never => {
    throw new FrostglassError('usage', what, hint)
  }
  if (!(Number.isSafeInteger(epochs) && epochs >= 1))
    refuse(`there are no ${epochs} epochs`, 'Take a whole number, 1 or more.')
  if (!(Number.isSafeInteger(batch) && batch >= 0))
    refuse(`a step has no ${batch} rows`, 'Take a whole number, or leave batch out for all rows.')
  if (!(rate > 0 && rate < Infinity)) refuse(`${rate} is no learning rate`, 'Take a number above 0.')
  return { epochs, batch, rate }
}

/** What {@link settingsOf} wrote, or the steps that stand in place of passes, as a learner takes it. */
export const workOf = ({ epochs, steps, batch, rate }: Instruction['settings']) => ({
  ...(steps ? { steps } : { epochs: epochs! }),
  ...(batch ? { batch } : {}),
  rate: rate!,
})

/** The updates of a round with the rows behind them, as aggregators take them. */
export const updatesOf = (contributions: readonly Contribution[]) =>
  contributions.map(({ vectors, examples }) => ({ vector: vectors['update']!, examples }))

/** w + move · scale */
export const plus = (weights: Float64Array, move: Float64Array, scale = 1): Float64Array =>
  weights.map((w, i) => w + scale * move[i]!)

/**
 * The usual node: trains as told, answers new − old weights. `steps` are taken instead of `epochs` where they are sent, and
 * `proximal` is heeded.
 */
export const trainAndDiffer: NodeStep = async (learner, { vectors, settings }, { state, random, signal }) => {
  const from = vectors['weights']!
  const { proximal } = settings
  const { weights, loss } = await learner.train(from, {
    ...workOf(settings),
    ...(proximal ? { proximal: { strength: proximal } } : {}),
    random,
    signal,
  })
  return {
    contribution: { vectors: { update: plus(weights, from, -1) }, examples: learner.rows, metrics: { loss } },
    state,
  }
}
