// FedPer: nodes share the lower layers, and each keeps the upper ones to itself.
// Source: Arivazhagan, Aggarwal, Singh, Choudhary 2019, algorithms 1 and 2: base W_B averaged by rows, personal W_P never sent.
// What is not sent is not hidden by that: the base's update was made through the node's own layers, from its rows.

import { FrostglassError } from '../../errors.ts'
import { type Aggregator, weightedMean } from '../algorithms/aggregators/weightedMean.ts'
import type { Algorithm, NodeState, NodeStep } from '../algorithms/algorithm.ts'
import { type LocalTraining, plus, settingsOf, updatesOf, workOf } from '../algorithms/fedAvg.ts'
import type { Layout } from '../layout.ts'

export interface FedPerOptions extends LocalTraining {
  readonly layout: Layout
  /** Names of weights that stay on nodes, of those in the layout. */
  readonly personal: readonly string[]
  /** The mean by rows unless given. */
  readonly aggregate?: Aggregator | undefined
}

/** FedPer. @throws FrostglassError 'usage' for a name that the layout lacks, and where nothing is shared, or nothing personal */
export function fedPer(options: FedPerOptions): Algorithm<Float64Array> {
  const { layout, personal, aggregate = weightedMean } = options
  const shared = sharedPlaces(layout, personal)
  return Object.freeze({
    name: 'FedPer',
    schedule: 'rounds',
    start: (weights: Float64Array) => weights,
    instruct: (weights: Float64Array, round: number) => ({
      round,
      vectors: { weights, shared },
      settings: settingsOf(options),
    }),
    node: trainBase,
    combine(weights, contributions) {
      if (contributions.length === 0) return weights
      const move = aggregate(updatesOf(contributions))
      const next = weights.slice()
      for (const [k, i] of shared.entries()) next[i]! += move[k]!
      return next
    },
    weights: (weights: Float64Array) => weights,
  } satisfies Algorithm<Float64Array>)
}

function sharedPlaces({ slots, size }: Layout, personal: readonly string[]): Float64Array {
  const unknown = personal.filter((name) => !slots.some((slot) => slot.name === name))
  const places = slots.flatMap(({ name, start, size: count }) =>
    personal.includes(name) ? [] : Array.from({ length: count }, (_, i) => start + i),
  )
  if (unknown.length === 0 && places.length > 0 && places.length < size) return Float64Array.from(places)
  throw new FrostglassError(
    'usage',
    unknown.length > 0
      ? `the model has no weights '${unknown.join("', '")}'`
      : 'FedPer shares some weights and keeps others',
    `Name some of ${slots.map(({ name }) => name).join(', ')}.`,
  )
}

/** Trains all its weights from the server's base and its own rest; answers the base's `update` alone. Keeps `own`, all weights. */
export const trainBase: NodeStep = async (learner, { vectors, settings }, { state, random, signal }) => {
  const shared = vectors['shared']!
  const from = ownWeights(vectors['weights']!, shared, state)
  const { weights, loss } = await learner.train(from, {
    ...workOf(settings),
    random,
    signal,
  })
  const moved = plus(weights, from, -1)
  return {
    contribution: {
      vectors: { update: Float64Array.from(shared, (i) => moved[i]!) },
      examples: learner.rows,
      metrics: { loss },
    },
    state: { own: weights },
  }
}

/**
 * What a node predicts with: the server's base, and its own of the rest; the server's first weights there before it has trained.
 * @param shared places of the base: vector `shared` of an instruction
 */
export function ownWeights(server: Float64Array, shared: Float64Array, state: NodeState): Float64Array {
  const own = state['own']
  if (own === undefined) return server
  const weights = own.slice()
  for (const i of shared) weights[i] = server[i]!
  return weights
}
