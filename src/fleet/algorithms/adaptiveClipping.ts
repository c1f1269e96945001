// DP-FedAvg whose clipping norm follows a quantile of the updates' norms, which is itself found under noise.
// Source: Andrew, Thakkar, McMahan, Ramaswamy 2021, algorithm 1: C ← C · exp(−η_C (b̃ − γ)), b̃ the noisy share of updates within C.
// Updates and bits are one Gaussian release of multiplier z together (theorem 1). The norm is public, as the weights are. For
// what the price means see dpFedAvg.ts.

import { FrostglassError } from '../../errors.ts'
import { systemRandom } from '../../private/index.ts'
import { clipRange } from '../../private/training/clipping.ts'
import { noisySum } from '../../private/training/noisySum.ts'
import { boundedMean } from './boundedMean.ts'
import {
  type DpFedAvgOptions,
  type DpState,
  noisyRounds,
  type PrivateAlgorithm,
  requireDpOptions,
} from './dpFedAvg.ts'
import { heavyBall } from './fedAvgM.ts'

/** How {@link adaptiveDpFedAvg} clips. */
export interface AdaptiveClippingOptions extends Omit<DpFedAvgOptions, 'clip'> {
  /** C of the first round; 0.1 unless given, as in the paper. */
  readonly clip?: number | undefined
  /** γ: the share of updates that the norm shall not shorten; 1/2 unless given. */
  readonly quantile?: number | undefined
  /** η_C; 0.2 unless given. */
  readonly clipRate?: number | undefined
  /** σ_b: deviation of the noise in the number of updates within the norm; q N / 20 unless given. */
  readonly bitDeviation?: number | undefined
}

/** As DP-FedAvg's, with the norm of the next round. */
export interface AdaptiveState extends DpState {
  readonly clip: number
}

/**
 * DP-FedAvg with adaptive clipping. The price is that of the multiplier z, bits included; updates get a little more noise for it.
 * @throws FrostglassError 'usage' for numbers out of their ranges, and where the bits alone tell more than z allows
 */
export function adaptiveDpFedAvg(options: AdaptiveClippingOptions): PrivateAlgorithm<AdaptiveState> {
  const { nodes, participation, noiseMultiplier, momentum = 0, serverRate = 1 } = options
  const { clip: first = 0.1, quantile = 0.5, clipRate = 0.2 } = options
  requireDpOptions({ ...options, clip: first })
  const expected = participation * nodes
  const bitDeviation = options.bitDeviation ?? expected / 20
  if (!(quantile > 0 && quantile < 1))
    throw new FrostglassError('usage', `a quantile is above 0 and below 1, not ${quantile}`, 'Take 0.5.')
  // z⁻² = z_Δ⁻² + (2 σ_b)⁻²: a bit, less one half, is at most a half long.
  const left = noiseMultiplier ** -2 - (2 * bitDeviation) ** -2
  if (!(left > 0))
    throw new FrostglassError(
      'usage',
      `noise of ${bitDeviation} in the bits alone tells more than a multiplier of ${noiseMultiplier} allows`,
      'Take more nodes a round, or a larger bitDeviation.',
    )
  // A last digit more, for what the three roundings may have lost.
  const multiplier = left ** -0.5 * (1 + 2 ** -40)
  const optimizer = heavyBall(momentum, serverRate)
  return Object.freeze({
    ...noisyRounds(options),
    name: 'DP-FedAvg, adaptive clipping',
    start: (weights: Float64Array) => ({ weights, velocity: optimizer.start(weights.length), clip: first }),
    combine({ weights, velocity, clip }, contributions) {
      const random = options.noise ?? systemRandom
      const updates = contributions.map(({ vectors }) => vectors['update']!)
      const size = weights.length
      const mean = boundedMean(updates, { size, clip, deviation: multiplier * clip, expected, nodes }, random)
      const bits = noisySum(bitDeviation, { batch: expected, most: nodes })
      const sum = Float64Array.of(
        updates.reduce((total, u) => total + (isWithin(u, clip) ? 0.5 : -0.5), 0) / bits.step,
      )
      bits.release(sum, random)
      const share = sum[0]! + 0.5
      const { step, memory } = optimizer.step(mean, velocity)
      return {
        weights: weights.map((w, i) => w + step[i]!),
        velocity: memory,
        clip: Math.min(clipRange[1], Math.max(clipRange[0], clip * Math.exp(-clipRate * (share - quantile)))),
      }
    },
  } satisfies PrivateAlgorithm<AdaptiveState>)
}

const isWithin = (update: Float64Array, clip: number): boolean =>
  Math.sqrt(update.reduce((sum, v) => sum + v * v, 0)) <= clip
