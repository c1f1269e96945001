// The activation functions, as a layer and as an option of others.
// Source: Keras 3 (activations of these names and their constants), ONNX operators.

import { FrostglassError } from '../../errors.ts'
import {
  elu,
  exp,
  leakyRelu,
  mul,
  relu,
  sigmoid,
  softmax,
  softplus,
  softsign,
  tanh,
  type Value,
} from '../../graph/index.ts'
import type { Builder, LayerOptions } from './layer.ts'

/** `leakyRelu` falls at 0.2 below zero, as in Keras 3; `softmax` runs along the last axis; `square` is x² (CryptoNets). */
export type ActivationName =
  | 'linear'
  | 'relu'
  | 'leakyRelu'
  | 'elu'
  | 'softplus'
  | 'softsign'
  | 'sigmoid'
  | 'tanh'
  | 'exp'
  | 'square'
  | 'softmax'

const functions: Readonly<Record<ActivationName, (x: Value) => Value>> = {
  linear: (x) => x,
  relu,
  leakyRelu: (x) => leakyRelu(x, 0.2),
  elu: (x) => elu(x),
  softplus,
  softsign,
  sigmoid,
  tanh,
  exp,
  square: (x) => mul(x, x),
  softmax: (x) => softmax(x),
}

/** Applies an activation by name. @throws FrostglassError `usage` for a name that is not one. */
export function activate(name: ActivationName, x: Value): Value {
  const f = functions[name]
  if (f) return f(x)
  throw new FrostglassError(
    'usage',
    `'${name}' is not an activation`,
    `Use one of ${Object.keys(functions).join(', ')}.`,
  )
}

export interface Activation extends LayerOptions {
  readonly kind: 'activation'
  readonly activation: ActivationName
}

/** A function of each element (softmax: of each row). */
export const activation = (name: ActivationName): Activation =>
  Object.freeze({ kind: 'activation', activation: name })

export const buildActivation: Builder<Activation> = (layer, x) => activate(layer.activation, x)
