// The graph of one training step: forward, loss, gradients, optimiser, new statistics. And the graph that evaluates.
// Source: docs/architecture.md#the-engine: the step is part of the graph, so that both executors run the same one.

import type { Graph } from '../graph/contract.ts'
import { add, cast, concat, gradients, graph, input, mul, slice, type Value } from '../graph/index.ts'
import { constantOf, scalarLike } from '../graph/value.ts'
import { applyLayers } from './buildLayers.ts'
import { forwardPass, type NoiseInput } from './forwardPass.ts'
import type { Loss } from './losses.ts'
import { inType, type Model, type ModelType, type Weights, weightOf } from './model.ts'
import type { Optimizer } from './optimizers/index.ts'
import { optimizerStep } from './optimizers/step.ts'

/** One step: inputs `input` and `target` and the noise; outputs `loss` and, for classifiers, `prediction`. */
export interface TrainingGraph {
  readonly graph: Graph
  readonly noise: readonly NoiseInput[]
  /** Weights and statistics that training changes, by name. */
  readonly parameters: ReadonlyMap<string, Value>
  /** Those that it leaves as they are. */
  readonly frozen: ReadonlyMap<string, Value>
  /** What the optimiser remembers, and the learning rate, by name. */
  readonly memory: ReadonlyMap<string, Value>
  readonly learningRate: Value
}

/**
 * Builds the step.
 * @param options.pixels whether rows come as bytes, which the graph casts
 * @param options.rows of a batch, if that is known: then layers take it in pieces (see pieces.ts)
 * @param options.share another step of the same model, to have its variables
 * @throws FrostglassError `usage` when nothing is left to train, or the last layer already is what the loss adds
 */
export function trainingGraph(
  model: Model,
  weights: Weights,
  options: {
    loss: Loss
    optimizer: Optimizer
    dtype: ModelType
    pixels?: boolean | undefined
    rows?: number | undefined
    share?: TrainingGraph | undefined
  },
): TrainingGraph {
  const { loss, optimizer, dtype, rows = 'N', share } = options
  const { x, target, noise, frozen, parameters, trained, updates, penalties, parts } = forwardPass(
    model,
    weights,
    options,
  )

  // Each part has a loss of its own, so that its gradient need not wait for the others.
  const losses = parts.map(({ from, to, value }) => {
    if (parts.length === 1 || rows === 'N') return loss.build(value, target)
    const mean = loss.build(value, slice(target, [from], [to], [0]))
    return mul(mean, scalarLike(mean, (to - from) / rows))
  })
  const total = [...losses.slice(1), ...penalties].reduce((sum, v) => add(sum, v), losses[0]!)
  const step = optimizerStep(optimizer, trained, gradients(total, trained), dtype, share?.memory)

  const values = parts.map((p) => p.value)
  const prediction = () => (values.length === 1 ? values[0]! : concat(values, 0))
  const outputs = loss.answers === 'numbers' ? { loss: total } : { loss: total, prediction: prediction() }
  return {
    graph: graph({
      inputs: [x, target, ...[...noise.values()].map((n) => n.value)],
      outputs,
      updates: [...updates, ...step.updates],
    }),
    noise: [...noise.values()],
    parameters,
    frozen,
    memory: step.memory,
    learningRate: step.learningRate,
  }
}

/** The graph that measures a model while it trains: the same variables, no update; outputs `loss` and `prediction`. */
export function evaluationGraph(
  model: Model,
  weights: Weights,
  options: {
    loss: Loss
    dtype: ModelType
    parameters: ReadonlyMap<string, Value>
    pixels?: boolean | undefined
  },
): Graph {
  const { loss, dtype, parameters } = options
  const x = input('input', ['N', ...model.input], options.pixels ? 'uint8' : dtype)
  const target = input('target', ['N', ...model.output], dtype)
  const output = applyLayers(model.layers, cast(x, dtype), {
    training: false,
    parameter: (p) => parameters.get(p.name) ?? constantOf(inType(weightOf(p, weights), dtype), p.name),
  })
  const value = loss.build(output, target)
  const outputs = loss.answers === 'numbers' ? { loss: value } : { loss: value, prediction: output }
  return graph({ inputs: [x, target], outputs })
}
