// A model: a list of layers with an input shape, and the graphs that it stands for.
// Source: Keras 3, Sequential. One description gives the graph that trains and the graph that ships.
// A model holds no numbers; weights are a record of tensors by name.

import { FrostglassError } from '../errors.ts'
import type { Graph } from '../graph/contract.ts'
import { type DType, graph, input, type Tensor, tensor, type Value } from '../graph/index.ts'
import { toFloat64 } from '../graph/tensor.ts'
import { constantOf } from '../graph/value.ts'
import { seededStream } from '../random/seeded.ts'
import { applyLayers, type Parameter } from './buildLayers.ts'
import { initialise } from './initialisers.ts'
import type { Layer } from './layers/index.ts'

/** The dtypes that a model computes in. */
export type ModelType = Extract<DType, 'float32' | 'float64'>

/** Tensors by the name of the weight or statistic. */
export type Weights = Readonly<Record<string, Tensor>>

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

/**
 * First weights of a model, from a seed: each parameter has a stream of its own, so adding a layer changes no other.
 * @param given weights to take as they are, such as those of a classifier that was trained before
 */
export function initialWeights(model: Model, seed: number, given: Weights = {}): Weights {
  const weights: Record<string, Tensor> = {}
  for (const p of model.parameters) {
    const content = given[p.name]
    weights[p.name] = content
      ? checkWeight(p, content)
      : tensor(
          initialise(p.initialiser, p.shape, p.fans, seededStream(seed, `weight ${p.name}`)),
          p.shape,
          'float64',
        )
  }
  return weights
}

/** The weight of a parameter. @throws FrostglassError `input` when it is missing, `shape` when it does not fit. */
export function weightOf(p: Parameter, weights: Weights): Tensor {
  const content = weights[p.name]
  if (content) return checkWeight(p, content)
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
