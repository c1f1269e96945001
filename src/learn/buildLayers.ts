// Layers become values: each builds on what the one before it gave, with the parameters that a binding hands out.
// Source: Keras 3, Sequential. The same build finds shapes, trains, ships and is cut into pieces.
// A build holds no numbers: what a parameter is, its binding says.

import { FrostglassError } from '../errors.ts'
import type { Value } from '../graph/index.ts'
import type { Fans, Initialiser } from './initialisers.ts'
import { arrange, buildLayer, type Layer } from './layers/index.ts'
import type { Building, Noise } from './layers/layer.ts'

/** One weight or statistic of a model. */
export interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
  readonly initialiser: Initialiser
  readonly fans: Fans
  /** `weight`: follows the gradient; `statistic`: kept by training without one. */
  readonly role: 'weight' | 'statistic'
  readonly frozen: boolean
}

/** How the parameters and the training-only parts of a build become values. Each is asked for once or, by pieces, often. */
export interface Binding {
  readonly training: boolean
  parameter(p: Parameter): Value
  readonly update?: ((statistic: Value, next: Value) => void) | undefined
  /** Noise for the rows from `first` on, as many as `like` has. */
  readonly noise?: ((name: string, like: Value, noise: Noise, first: number) => Value) | undefined
  readonly penalty?: ((value: Value) => void) | undefined
}

/** Builds all layers on `x`. Errors are told which layer they come from. */
export function applyLayers(layers: readonly Layer[], x: Value, binding: Binding): Value {
  return buildLayers(arrange(layers), x, binding, 0)
}

/** @param first number of the first of the rows that `x` holds */
export function buildLayers(layers: readonly Layer[], x: Value, binding: Binding, first: number): Value {
  let y = x
  for (const layer of layers) {
    const prefix = layer.name!
    const frozen = layer.frozen === true
    const missing = (): never => {
      throw new TypeError(`layer ${prefix} uses a part of training in a graph that is not for training`)
    }
    const building: Building = {
      training: binding.training,
      weight: (name, shape, initialiser, fans) =>
        binding.parameter({ name: `${prefix}.${name}`, shape, initialiser, fans, role: 'weight', frozen }),
      statistic: (name, shape, initialiser) =>
        binding.parameter({
          name: `${prefix}.${name}`,
          shape,
          initialiser,
          fans: { in: 1, out: 1 },
          role: 'statistic',
          frozen,
        }),
      update: binding.update ?? missing,
      noise: (like, noise) => (binding.noise ?? missing)(`${prefix}.noise`, like, noise, first),
      // A penalty belongs to training alone; elsewhere it is left out.
      penalty: (value) => binding.penalty?.(value),
    }
    try {
      y = buildLayer(layer, y, building)
    } catch (cause) {
      if (!(cause instanceof FrostglassError)) throw cause
      throw new FrostglassError(cause.code, `layer ${prefix}: ${cause.message}`, cause.hint, cause)
    }
  }
  return y
}
