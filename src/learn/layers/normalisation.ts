// Batch normalisation with moving statistics.
// Source: Ioffe and Szegedy 2015; Keras 3, BatchNormalization (momentum 0.99, epsilon 1e-3, biased variance).
// A frozen layer uses its moving statistics in training too, as Keras does.

import { add, div, mul, reduceMean, reshape, scalarLike, sqrt, sub, type Value } from '../../graph/index.ts'
import type { Builder, LayerOptions } from './layer.ts'

export interface BatchNorm extends LayerOptions {
  readonly kind: 'batchNorm'
  /** The axis that keeps its own statistics: 1, the features of [N, k] and the channels of images, by default. */
  readonly axis?: number
  readonly momentum?: number
  readonly epsilon?: number
}

/** Shifts and scales every feature to mean `beta` and deviation `gamma`, both trained. */
export const batchNorm = (options: Omit<BatchNorm, 'kind'> = {}): BatchNorm =>
  Object.freeze({ kind: 'batchNorm', ...options })

export const buildBatchNorm: Builder<BatchNorm> = (layer, x, b) => {
  const { axis = 1, momentum = 0.99, epsilon = 1e-3 } = layer
  const size = x.shape[axis] as number
  const fans = { in: size, out: size }
  const gamma = b.weight('gamma', [size], 'ones', fans)
  const beta = b.weight('beta', [size], 'zeros', fans)
  const movingMean = b.statistic('movingMean', [size], 'zeros')
  const movingVariance = b.statistic('movingVariance', [size], 'ones')
  // A vector along the last axis broadcasts by itself.
  const across = x.shape.map((_, i) => (i === axis ? size : 1))
  const along = (v: Value) => (axis === x.shape.length - 1 ? v : reshape(v, across))
  const scaleOf = (variance: Value) => div(gamma, sqrt(add(variance, scalarLike(x, epsilon))))
  if (!b.training || layer.frozen) {
    // One product and one sum over the large tensor; the rest is a vector of `size`.
    const scale = scaleOf(movingVariance)
    return add(mul(x, along(scale)), along(sub(beta, mul(movingMean, scale))))
  }
  const axes = x.shape.map((_, i) => i).filter((i) => i !== axis)
  const mean = reduceMean(x, axes)
  const centred = sub(x, along(mean))
  const variance = reduceMean(mul(centred, centred), axes)
  const rest = scalarLike(x, 1 - momentum)
  b.update(movingMean, add(movingMean, mul(sub(mean, movingMean), rest)))
  b.update(movingVariance, add(movingVariance, mul(sub(variance, movingVariance), rest)))
  return add(mul(centred, along(scaleOf(variance))), along(beta))
}
