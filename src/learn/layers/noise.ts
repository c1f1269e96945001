// Layers that act in training only: dropout and Gaussian noise.
// Source: Srivastava et al. 2014; Keras 3, Dropout (kept values are scaled up) and GaussianNoise.
// Their numbers are inputs of the training graph, drawn from the run's seed: a resumed run draws the same again.

import { add, cast, dequantize, mul, type Value } from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import type { Builder, LayerOptions } from './layer.ts'

export interface Dropout extends LayerOptions {
  readonly kind: 'dropout'
  /** Share set to zero, in [0, 1). */
  readonly rate: number
  /** Whether it acts while training; by default unless the layer is frozen. */
  readonly active?: boolean | undefined
}

/** Sets a share of the values to zero while training and scales the others by 1 / (1 − rate). */
export function dropout(rate: number, options: Omit<Dropout, 'kind' | 'rate'> = {}): Dropout {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`a dropout rate is in [0, 1), not ${rate}`)
  return Object.freeze({ kind: 'dropout', rate, ...options })
}

export const buildDropout: Builder<Dropout> = (layer, x, b) => {
  const on = b.training && (layer.active ?? !layer.frozen) && layer.rate > 0
  return on ? mul(x, scaled(b.noise(x, { kind: 'dropout', rate: layer.rate }), 1 / (1 - layer.rate), x)) : x
}

// ONNX Runtime dequantises to float32 alone.
function scaled(kept: Value, scale: number, like: Value): Value {
  const factor = scalarLike(like, scale)
  return like.dtype === 'float32' ? dequantize(kept, factor) : mul(cast(kept, like.dtype), factor)
}

export interface GaussianNoise extends LayerOptions {
  readonly kind: 'gaussianNoise'
  /** Standard deviation, in the units of the input. */
  readonly deviation: number
  /** Whether it acts while training; by default unless the layer is frozen. */
  readonly active?: boolean | undefined
}

/** Adds independent normal noise of mean 0 while training. */
export function gaussianNoise(
  deviation: number,
  options: Omit<GaussianNoise, 'kind' | 'deviation'> = {},
): GaussianNoise {
  if (!(deviation >= 0)) throw new RangeError(`a standard deviation is at least 0, not ${deviation}`)
  return Object.freeze({ kind: 'gaussianNoise', deviation, ...options })
}

export const buildGaussianNoise: Builder<GaussianNoise> = (layer, x, b) => {
  const on = b.training && (layer.active ?? !layer.frozen) && layer.deviation > 0
  return on ? add(x, b.noise(x, { kind: 'normal', deviation: layer.deviation })) : x
}
