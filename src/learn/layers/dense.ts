// The dense layer: y = activation(x·W + b).
// Source: Keras 3, Dense; defaults are Glorot uniform and zero bias.

import { add, gemm, matmul, mul, reduceSum, type Value } from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import type { Initialiser } from '../initialisers.ts'
import { type ActivationName, activate } from './activation.ts'
import type { Builder, Building, LayerOptions } from './layer.ts'
import { sizesOf } from './layer.ts'

export interface Dense extends LayerOptions {
  readonly kind: 'dense'
  readonly units: number
  readonly activation?: ActivationName | undefined
  readonly bias?: boolean | undefined
  readonly initialiser?: Initialiser | undefined
  /** Adds l2 · Σ W² to the loss. */
  readonly l2?: number | undefined
}

/**
 * A dense layer over the last axis: [N, …, k] to [N, …, units]. Weights `kernel` [k, units] and `bias` [units].
 * @example dense({ units: 8, activation: 'tanh' })
 */
export const dense = (options: Omit<Dense, 'kind'>): Dense => Object.freeze({ kind: 'dense', ...options })

export const buildDense: Builder<Dense> = (layer, x, b) => {
  const sizes = sizesOf(x, Math.max(1, x.shape.length - 1), 'a dense layer')
  const k = sizes.at(-1)!
  const fans = { in: k, out: layer.units }
  const kernel = b.weight('kernel', [k, layer.units], layer.initialiser ?? 'glorotUniform', fans)
  const bias = layer.bias === false ? undefined : b.weight('bias', [layer.units], 'zeros', fans)
  penalise(layer, kernel, b)
  let y: Value
  if (sizes.length === 1) y = gemm(x, kernel, bias)
  else {
    y = matmul(x, kernel)
    if (bias) y = add(y, bias)
  }
  return activate(layer.activation ?? 'linear', y)
}

/** The weight decay of a kernel that is trained, as Keras' L2 regulariser: l2 · Σ W². */
export function penalise(
  layer: LayerOptions & { l2?: number | undefined },
  kernel: Value,
  b: Building,
): void {
  if (layer.l2 && !layer.frozen) b.penalty(mul(reduceSum(mul(kernel, kernel)), scalarLike(kernel, layer.l2)))
}
