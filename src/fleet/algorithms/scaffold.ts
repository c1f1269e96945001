// SCAFFOLD: each node corrects its steps by how its gradients differ from everybody's, so that its drift cancels.
// Source: Karimireddy, Kale, Mohri, Reddi, Stich, Suresh 2020, algorithm 1 with option II; nodes count the same, as there.
// A control travels up beside the update: twice the bytes, and twice what a node tells. An answer that is lost must leave
// the node's control as it was, or the server's stops being their mean.

import { FrostglassError } from '../../errors.ts'
import { equalMean } from './aggregators/equalMean.ts'
import type { Algorithm, NodeStep } from './algorithm.ts'
import { type LocalTraining, plus, settingsOf, workOf } from './fedAvg.ts'

export interface ScaffoldOptions extends LocalTraining {
  /** N: nodes of the fleet, whether or not they answer in a round. */
  readonly nodes: number
  /** η_g; 1 unless given. */
  readonly serverRate?: number | undefined
}

/** x and c of the paper. */
export interface ScaffoldState {
  readonly weights: Float64Array
  readonly control: Float64Array
}

/** SCAFFOLD. @throws FrostglassError 'usage' unless `nodes` is a whole number of at least 1 */
export function scaffold(options: ScaffoldOptions): Algorithm<ScaffoldState> {
  const { nodes, serverRate = 1 } = options
  if (!(Number.isSafeInteger(nodes) && nodes >= 1))
    throw new FrostglassError('usage', `a fleet has 1 node or more, not ${nodes}`, 'Count all nodes.')
  return Object.freeze({
    name: 'SCAFFOLD',
    schedule: 'rounds',
    start: (weights: Float64Array) => ({ weights, control: new Float64Array(weights.length) }),
    instruct: ({ weights, control }, round: number) => ({
      round,
      vectors: { weights, control },
      settings: settingsOf(options),
    }),
    node: trainCorrected,
    combine(state, contributions) {
      if (contributions.length === 0) return state
      const meanOf = (name: string) => equalMean(contributions.map((c) => ({ vector: c.vectors[name]! })))
      return {
        weights: plus(state.weights, meanOf('update'), serverRate),
        // c ← c + |S| / N · mean of the changes
        control: plus(state.control, meanOf('controlChange'), contributions.length / nodes),
      }
    },
    weights: ({ weights }) => weights,
  } satisfies Algorithm<ScaffoldState>)
}

/** y ← y − η_l (g − c_i + c) for K steps; then c_i ← c_i − c + (x − y) / (K η_l). Keeps `control`. */
export const trainCorrected: NodeStep = async (learner, { vectors, settings }, { state, random, signal }) => {
  const from = vectors['weights']!
  const shared = vectors['control']!
  const own = state['control'] ?? new Float64Array(from.length)
  const { rate } = settings
  const { weights, steps, loss } = await learner.train(from, {
    ...workOf(settings),
    correction: plus(shared, own, -1),
    random,
    signal,
  })
  const change = from.map((x, i) => (x - weights[i]!) / (steps * rate!) - shared[i]!)
  return {
    contribution: {
      vectors: { update: plus(weights, from, -1), controlChange: change },
      examples: learner.rows,
      metrics: { loss },
    },
    state: { control: plus(own, change) },
  }
}
