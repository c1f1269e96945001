// Downpour SGD: nodes fetch weights, take some steps, and push the sum of their gradients whenever they are done.
// Source: Dean, Corrado, Monga, Chen, Devin, Le, Mao, Ranzato, Senior, Tucker, Yang, Ng 2012, section 4.1 and appendix; n_fetch = n_push.
// A push is made from weights that others have moved meanwhile: nothing bounds what that does but the rate and the staleness.

import type { Algorithm, NodeStep } from './algorithm.ts'
import { plus, workOf } from './fedAvg.ts'

/** How {@link downpour} learns. */
export interface DownpourOptions {
  /** Steps between a fetch and the push after it; 1 unless given. */
  readonly steps?: number | undefined
  /** Rows a step; all rows unless given. */
  readonly batch?: number | undefined
  /** α, of the node's own steps, and of the server's unless it has Adagrad. */
  readonly rate: number
  /** γ of Adagrad at the server: each weight moves by γ / √(Σ of its pushes squared). */
  readonly adagrad?: number | undefined
}

/** Weights, and the sum of squared pushes by weight; that is empty without Adagrad. */
export interface DownpourState {
  readonly weights: Float64Array
  readonly squares: Float64Array
}

/** Downpour SGD. */
export function downpour(options: DownpourOptions): Algorithm<DownpourState> {
  const { steps = 1, batch = 0, rate, adagrad } = options
  return Object.freeze({
    name: 'Downpour SGD',
    schedule: 'arrivals',
    start: (weights: Float64Array) => ({
      weights,
      squares: new Float64Array(adagrad === undefined ? 0 : weights.length),
    }),
    instruct: ({ weights }, round: number) => ({
      round,
      vectors: { weights },
      settings: { steps, batch, rate },
    }),
    node: trainAndPush,
    combine: (state, contributions) =>
      contributions.reduce((sum, { vectors }) => pushed(sum, vectors['gradient']!, rate, adagrad), state),
    weights: ({ weights }) => weights,
  } satisfies Algorithm<DownpourState>)
}

function pushed(
  { weights, squares }: DownpourState,
  gradient: Float64Array,
  rate: number,
  adagrad: number | undefined,
): DownpourState {
  if (adagrad === undefined) return { weights: plus(weights, gradient, -rate), squares }
  const next = squares.map((s, i) => s + gradient[i]! ** 2)
  return {
    // A weight whose pushes were all 0 stays.
    weights: weights.map((w, i) => w - (next[i]! > 0 ? (adagrad * gradient[i]!) / Math.sqrt(next[i]!) : 0)),
    squares: next,
  }
}

/** Takes steps of plain SGD and answers `gradient`, the sum of their gradients. */
export const trainAndPush: NodeStep = async (learner, { vectors, settings }, { state, random, signal }) => {
  const from = vectors['weights']!
  const { rate } = settings
  const { weights, loss } = await learner.train(from, {
    ...workOf(settings),
    random,
    signal,
  })
  return {
    contribution: {
      vectors: { gradient: from.map((w, i) => (w - weights[i]!) / rate!) },
      examples: learner.rows,
      metrics: { loss },
    },
    state,
  }
}
