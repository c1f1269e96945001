// Batch normalisation with moving statistics, over the second axis: features of [N, k], channels of images.
// Source: Ioffe and Szegedy 2015; Keras 3, BatchNormalization (momentum 0.99, epsilon 1e-3, biased variance).
// A frozen layer uses its moving statistics in training too, as Keras does.

import {
  add,
  batchNormalization,
  batchNormTraining,
  mul,
  scalarLike,
  sub,
  type Value,
} from '../../graph/index.ts'
import type { Builder, LayerOptions } from './layer.ts'

export interface BatchNorm extends LayerOptions {
  readonly kind: 'batchNorm'
  /** Share of the moving statistics that a step keeps; 0.99 by default. */
  readonly momentum?: number
  /** Added to the variance; 1e-3 by default. */
  readonly epsilon?: number
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
