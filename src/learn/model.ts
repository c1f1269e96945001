// A model: a list of layers with an input shape, and the graphs that it stands for.
// Source: Keras 3, Sequential. One description gives the graph that trains and the graph that ships.
// A model holds no numbers; weights are a record of tensors by name.

import { FrostglassError } from '../errors.ts'
import {
  concat,
  constantOf,
  type DType,
  type Graph,
  graph,
  input,
  slice,
  type Tensor,
  tensor,
  toFloat64,
  type Value,
} from '../graph/index.ts'
import { type Fans, type Initialiser, initialise } from './initialisers.ts'
import type { Building, Noise } from './layers/index.ts'
import { arrange, buildLayer, type Layer } from './layers/index.ts'
import { runsOf } from './pieces.ts'
import { stream } from './random.ts'

/** The dtypes that a model computes in. */
export type ModelType = Extract<DType, 'float32' | 'float64'>

/** Tensors by the name of the weight or statistic. */
export type Weights = Readonly<Record<string, Tensor>>

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

/** Layers with their shapes worked out. */
export interface Model {
  readonly layers: readonly Layer[]
  /** Shape of one row. */
  readonly input: readonly number[]
  /** Shape of one row of the output. */
  readonly output: readonly number[]
  readonly parameters: readonly Parameter[]
}

/**
 * A model of layers one after another.
 * @param options `input`: the shape of one row, without the batch
 * @throws FrostglassError `shape` or `usage`, naming the layer, when layers do not fit together
 * @example sequential([dense({ units: 8, activation: 'tanh' }), dense({ units: 3 })], { input: [7] })
 */
export function sequential(layers: readonly Layer[], options: { input: readonly number[] }): Model {
  const parameters: Parameter[] = []
  const x = input('input', ['N', ...options.input])
  // A trial build with placeholders finds every shape; nothing of it is kept.
  const y = applyLayers(layers, x, {
    training: false,
    parameter(p) {
      parameters.push(p)
      return input(p.name, p.shape)
    },
  })
  const names = new Set(parameters.map((p) => p.name))
  if (names.size < parameters.length) {
    throw new FrostglassError(
      'usage',
      'two layers of the model have the same name',
      'Give each layer a name of its own.',
    )
  }
  if (!y.shape.slice(1).every((d) => typeof d === 'number')) {
    throw new FrostglassError(
      'shape',
      `the model's output has no known shape: [${y.shape.join(', ')}]`,
      'End it with a reshape or flatten layer.',
    )
  }
  return Object.freeze({
    layers: Object.freeze([...layers]),
    input: options.input,
    output: y.shape.slice(1) as number[],
    parameters,
  })
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

/** As {@link applyLayers}, in pieces: the outputs of all rows, in order, in one part or several. */
export function applyInPieces(layers: readonly Layer[], x: Value, binding: Binding): Part[] {
  const rows = x.shape[0] as number
  return runsOf(arrange(layers), x).reduce<Part[]>(
    (parts, { own, pieces }) => {
      const whole =
        parts.length === 1
          ? parts[0]!.value
          : concat(
              parts.map((p) => p.value),
              0,
            )
      return pieces.map(([from, to]) => {
        // What is added to the loss for a weight is added once.
        const once = from === 0 ? binding : { ...binding, penalty: () => {} }
        const piece = pieces.length === 1 ? whole : slice(whole, [from], [to], [0])
        return { from, to, value: buildLayers(own, piece, once, from) }
      })
    },
    [{ from: 0, to: rows, value: x }],
  )
}

/** Some rows' values. */
export interface Part {
  readonly from: number
  readonly to: number
  readonly value: Value
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

/**
 * First weights of a model, from a seed: each parameter has a stream of its own, so adding a layer changes no other.
 * @param given weights to take as they are, such as those of a classifier that was trained before
 */
export function initialWeights(model: Model, seed: number, given: Weights = {}): Weights {
  const weights: Record<string, Tensor> = {}
  for (const p of model.parameters) {
    const own = given[p.name]
    weights[p.name] = own
      ? checkWeight(p, own)
      : tensor(
          initialise(p.initialiser, p.shape, p.fans, stream(seed, `weight ${p.name}`)),
          p.shape,
          'float64',
        )
  }
  return weights
}

/** The weight of a parameter. @throws FrostglassError `input` when it is missing, `shape` when it does not fit. */
export function weightOf(p: Parameter, weights: Weights): Tensor {
  const own = weights[p.name]
  if (own) return checkWeight(p, own)
  throw new FrostglassError(
    'input',
    `the weights lack '${p.name}' of shape [${p.shape}]`,
    'Use the weights of the same layers.',
  )
}

function checkWeight(p: Parameter, t: Tensor): Tensor {
  if (t.shape.length === p.shape.length && t.shape.every((d, i) => d === p.shape[i])) return t
  throw new FrostglassError(
    'shape',
    `the weight '${p.name}' has shape [${t.shape}], but the model wants [${p.shape}]`,
    'Use the weights of the same layers.',
  )
}

/** A tensor in a model's dtype: itself when it has it. */
export function inType(t: Tensor, dtype: ModelType): Tensor {
  return t.dtype === dtype ? t : tensor(toFloat64(t), t.shape, dtype)
}

/**
 * The graph that answers: input `input` [N, …], one output, no variables.
 * @param options.head put on the last layer, such as a loss' `head`, which makes probabilities of logits
 * @param options.output name of the output
 */
export function inferenceGraph(
  model: Model,
  weights: Weights,
  options: {
    dtype?: ModelType | undefined
    head?: ((output: Value) => Value) | undefined
    output?: string | undefined
  } = {},
): Graph {
  const { dtype = 'float32', head = (y: Value) => y, output = 'output' } = options
  const x = input('input', ['N', ...model.input], dtype)
  const y = applyLayers(model.layers, x, {
    training: false,
    parameter: (p) => constantOf(inType(weightOf(p, weights), dtype), p.name),
  })
  return graph({ inputs: [x], outputs: { [output]: head(y) } })
}

/** Number of weights, statistics and both: what a model's size is stated in. */
export function countParameters(model: Model): { weights: number; statistics: number } {
  const count = (role: Parameter['role']) =>
    model.parameters
      .filter((p) => p.role === role)
      .reduce((sum, p) => sum + p.shape.reduce((a, d) => a * d, 1), 0)
  return { weights: count('weight'), statistics: count('statistic') }
}
