// Consensus ADMM: each node minimises its own loss near what all agreed on, and prices its disagreement with a dual vector.
// Source: Boyd, Parikh, Chu, Peleato, Eckstein 2011, section 7.1, equations 7.3 to 7.5 in scaled form, with f_i the sum of a node's losses.
// For convex losses it reaches the optimum of all rows together, where every node answers every round and solves its part
// well enough. A node that is missing is left out of the mean, and what is reached then is not promised to be anything.

import { FrostglassError } from '../../errors.ts'
import { equalMean } from './aggregators/equalMean.ts'
import type { Algorithm, NodeStep } from './algorithm.ts'
import { type LocalTraining, plus, settingsOf, workOf } from './fedAvg.ts'

export interface AdmmOptions extends LocalTraining {
  /** ρ > 0, beside a sum over rows: about the rows of a node times the curvature of the loss is a good first try. */
  readonly rho: number
}

/** ADMM. @throws FrostglassError 'usage' unless ρ is positive */
export function admm(options: AdmmOptions): Algorithm<Float64Array> {
  const { rho } = options
  if (!(rho > 0 && Number.isFinite(rho)))
    throw new FrostglassError('usage', `ρ of ADMM is above 0, not ${rho}`, 'Take the rows of a node.')
  return Object.freeze({
    name: 'ADMM',
    schedule: 'rounds',
    start: (weights: Float64Array) => weights,
    instruct: (weights: Float64Array, round: number) => ({
      round,
      vectors: { weights },
      settings: { ...settingsOf(options), rho },
    }),
    node: minimiseNear,
    // z = mean of x_i + u_i
    combine: (weights, contributions) =>
      contributions.length === 0
        ? weights
        : equalMean(contributions.map(({ vectors }) => ({ vector: vectors['proposal']! }))),
    weights: (weights: Float64Array) => weights,
  } satisfies Algorithm<Float64Array>)
}

/** u ← u + x − z, then x ← about argmin f(x) + ρ/2 ‖x − z + u‖², from the last x. Keeps `own` (x) and `dual` (u). */
export const minimiseNear: NodeStep = async (learner, { vectors, settings }, { state, random, signal }) => {
  const agreed = vectors['weights']!
  const own = state['own'] ?? agreed
  const dual = state['dual']
    ? state['dual'].map((u, i) => u + own[i]! - agreed[i]!)
    : new Float64Array(agreed.length)
  const { rho } = settings
  const { weights, loss } = await learner.train(own, {
    ...workOf(settings),
    // A learner's loss is the mean over its rows, so what is added to their sum counts a row's part.
    proximal: { strength: rho! / learner.rows, towards: plus(agreed, dual, -1) },
    random,
    signal,
  })
  return {
    contribution: { vectors: { proposal: plus(weights, dual) }, examples: learner.rows, metrics: { loss } },
    state: { own: weights, dual },
  }
}
