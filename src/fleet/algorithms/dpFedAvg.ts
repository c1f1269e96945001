// DP-FedAvg: FedAvg whose released weights tell little of any one node: updates clipped, Gaussian noise in their sum.
// Source: McMahan, Ramage, Talwar, Zhang 2018, algorithm 1 (flat clipping, fixed denominators, users by coins of their own).
// The server is trusted: it sees every update. Protected is a node with all its rows, there or not there, against whoever sees
// the weights of all rounds. The price holds for nodes that are drawn in secret, each with probability q, and for rounds counted before.

import { FrostglassError } from '../../errors.ts'
import { requireObject } from '../../private/accounting/check.ts'
import { epsilonOf, type RandomSource, sampledGaussianLoss, systemRandom } from '../../private/index.ts'
import { requireClip } from '../../private/training/clipping.ts'
import { requireTail } from '../../private/training/privacyBudget.ts'
import type { Algorithm } from './algorithm.ts'
import { boundedMean } from './boundedMean.ts'
import { type LocalTraining, settingsOf, trainAndDiffer } from './fedAvg.ts'
import { heavyBall } from './fedAvgM.ts'

export interface DpFedAvgOptions extends LocalTraining {
  /** N: nodes of the fleet. It counts as known. */
  readonly nodes: number
  /** q: each node's chance of being in a round. */
  readonly participation: number
  /** C: the most that a node's update counts for, in the L2 norm. */
  readonly clip: number
  /** z: the noise's standard deviation in the sum, over C. */
  readonly noiseMultiplier: number
  /** β of the server's velocity; 0 unless given. It costs nothing: what is noisy already is only added up. */
  readonly momentum?: number | undefined
  /** γ, the server's rate; 1 unless given. */
  readonly serverRate?: number | undefined
  /** Where the noise comes from: the operating system unless given. A simulation gives one that repeats. */
  readonly noise?: RandomSource | undefined
}

/** An algorithm that says what its weights tell of a node. */
export interface PrivateAlgorithm<State> extends Algorithm<State> {
  /** ε at a δ, nats, rounded up, after so many rounds: of a node's being there at all, with whatever rows. */
  price(rounds: number, delta: number): number
}

/** Weights, and the velocity of the server's moves. */
export interface DpState {
  readonly weights: Float64Array
  readonly velocity: Float64Array
}

/**
 * DP-FedAvg with a fixed clipping norm.
 * @throws FrostglassError 'usage' for numbers out of their ranges
 */
export function dpFedAvg(options: DpFedAvgOptions): PrivateAlgorithm<DpState> {
  requireDpOptions(options)
  const { nodes, participation, clip, noiseMultiplier, momentum = 0, serverRate = 1 } = options
  const optimizer = heavyBall(momentum, serverRate)
  return Object.freeze({
    ...noisyRounds(options),
    name: 'DP-FedAvg',
    start: (weights: Float64Array) => ({ weights, velocity: optimizer.start(weights.length) }),
    combine({ weights, velocity }, contributions) {
      const mean = boundedMean(
        contributions.map(({ vectors }) => vectors['update']!),
        {
          size: weights.length,
          clip,
          deviation: noiseMultiplier * clip,
          expected: participation * nodes,
          nodes,
        },
        options.noise ?? systemRandom,
      )
      const { step, memory } = optimizer.step(mean, velocity)
      return { weights: weights.map((w, i) => w + step[i]!), velocity: memory }
    },
  } satisfies PrivateAlgorithm<DpState>)
}

/** What both forms of DP-FedAvg have in common. */
export const noisyRounds = (options: Omit<DpFedAvgOptions, 'clip'>) => ({
  schedule: 'rounds' as const,
  sampling: { rate: options.participation },
  instruct: ({ weights }: { readonly weights: Float64Array }, round: number) => ({
    round,
    vectors: { weights },
    settings: settingsOf(options),
  }),
  node: trainAndDiffer,
  weights: ({ weights }: { readonly weights: Float64Array }) => weights,
  price(rounds: number, delta: number): number {
    const { noiseMultiplier, participation } = options
    // More numbers than any model that is trained here has: what is not drawn of the noise is missed by none of them.
    requireTail({ delta, noiseMultiplier, steps: rounds }, 2 ** 30)
    return rounds === 0
      ? 0
      : epsilonOf([{ release: sampledGaussianLoss(noiseMultiplier, participation), times: rounds }], delta)
  },
})

/** @throws FrostglassError 'usage' for numbers out of their ranges */
export function requireDpOptions(options: DpFedAvgOptions): void {
  requireObject('the options of DP-FedAvg', options)
  const { nodes, participation, clip, noiseMultiplier } = options
  requireClip(clip)
  const refuse = (what: string, hint: string): never => {
    throw new FrostglassError('usage', what, hint)
  }
  if (!(Number.isSafeInteger(nodes) && nodes >= 1 && nodes <= 2 ** 24))
    refuse(`a fleet has 1 to 2^24 nodes, not ${nodes}`, 'Count all nodes.')
  if (!(participation > 0 && participation <= 1))
    refuse(
      `a node's chance of being in a round is above 0 and at most 1, not ${participation}`,
      'Take 0.1, say.',
    )
  if (!(noiseMultiplier > 0 && Number.isFinite(noiseMultiplier)))
    refuse(`a noise multiplier is above 0, not ${noiseMultiplier}`, 'Work it out by noiseMultiplierFor.')
}
