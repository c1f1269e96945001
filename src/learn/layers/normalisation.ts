// Batch normalisation with moving statistics, and group normalisation within each row; over the second axis, of channels.
// Source: Ioffe and Szegedy 2015; Wu and He 2018; Keras 3, BatchNormalization, GroupNormalization (epsilon 1e-3).
// Batch normalisation mixes rows, so no row's gradient is its own; when frozen it uses its moving statistics, as Keras does.

import { FrostglassError } from '../../errors.ts'
import {
  add,
  batchNormalization,
  batchNormTraining,
  div,
  mul,
  reduceMean,
  reshape,
  sizeOf,
  sqrt,
  sub,
  type Value,
} from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import type { Builder, LayerOptions } from './layer.ts'

export interface BatchNorm extends LayerOptions {
  readonly kind: 'batchNorm'
  /** Share of the moving statistics that a step keeps; 0.99 by default. */
  readonly momentum?: number | undefined
  /** Added to the variance; 1e-3 by default. */
  readonly epsilon?: number | undefined
}

/** Shifts and scales every feature to mean `beta` and deviation `gamma`, both trained. */
export const batchNorm = (options: Omit<BatchNorm, 'kind'> = {}): BatchNorm =>
  Object.freeze({ kind: 'batchNorm', ...options })

export const buildBatchNorm: Builder<BatchNorm> = (layer, x, b) => {
  const { momentum = 0.99, epsilon = 1e-3 } = layer
  const size = x.shape[1] as number
  const fans = { in: size, out: size }
  const gamma = b.weight('gamma', [size], 'ones', fans)
  const beta = b.weight('beta', [size], 'zeros', fans)
  const movingMean = b.statistic('movingMean', [size], 'zeros')
  const movingVariance = b.statistic('movingVariance', [size], 'ones')
  if (!b.training || layer.frozen)
    return batchNormalization(x, gamma, beta, movingMean, movingVariance, epsilon)
  const { y, mean, variance } = batchNormTraining(x, gamma, beta, epsilon)
  const follow = (moving: Value, now: Value) =>
    b.update(moving, add(moving, mul(sub(now, moving), scalarLike(moving, 1 - momentum))))
  follow(movingMean, mean)
  follow(movingVariance, variance)
  return y
}

export interface GroupNorm extends LayerOptions {
  readonly kind: 'groupNorm'
  /** Groups of neighbouring channels; a divisor of their number. */
  readonly groups: number
  /** Added to the variance; 1e-3 by default. */
  readonly epsilon?: number | undefined
}

/**
 * Shifts and scales each group of channels of each row to mean 0 and variance 1. It has no weights, and no row's answer
 * depends on another row: what private training takes where there would be batch normalisation.
 * @example groupNorm({ groups: 4 })
 */
export const groupNorm = (options: Omit<GroupNorm, 'kind'>): GroupNorm =>
  Object.freeze({ kind: 'groupNorm', ...options })

export const buildGroupNorm: Builder<GroupNorm> = ({ groups, epsilon = 1e-3 }, x) => {
  const shape = x.shape.slice(1) as number[]
  const channels = shape[0]!
  if (channels % groups !== 0)
    throw new FrostglassError(
      'shape',
      `${channels} channels are not ${groups} groups of equal size`,
      'Take a number of groups that divides the number of channels.',
    )
  const parts = reshape(x, [-1, groups, sizeOf(shape) / groups])
  const centred = sub(parts, reduceMean(parts, [2], true))
  const variance = reduceMean(mul(centred, centred), [2], true)
  const scaled = div(centred, sqrt(add(variance, scalarLike(x, epsilon))))
  return reshape(scaled, [-1, ...shape])
}
