// The graph of one training step: forward, loss, gradients, optimiser, new statistics. And the graph that evaluates.
// Source: ARCHITECTURE, "The engine": the step is part of the graph, so that both executors run the same one.

import { FrostglassError } from '../errors.ts'
import {
  add,
  cast,
  constantOf,
  filled,
  type Graph,
  gradients,
  graph,
  input,
  type Tensor,
  type Value,
  variable,
} from '../graph/index.ts'
import type { Noise } from './layers/index.ts'
import type { Loss } from './losses.ts'
import { applyLayers, inType, type Model, type ModelType, type Weights, weightOf } from './model.ts'
import { type Memory, type Optimizer, ruleOf } from './optimizers/index.ts'

/** An input that is filled with fresh numbers at each step. */
export interface NoiseInput {
  readonly value: Value
  readonly noise: Noise
}

/** One step: inputs `input` and `target` and the noise; outputs `loss` and, for classifiers, `prediction`. */
export interface TrainingGraph {
  readonly graph: Graph
  readonly noise: readonly NoiseInput[]
  /** Weights and statistics that training changes, by name. */
  readonly parameters: ReadonlyMap<string, Value>
  /** What the optimiser remembers, and the learning rate, by name. */
  readonly memory: ReadonlyMap<string, Value>
  readonly learningRate: Value
}

/**
 * Builds the step.
 * @param options.pixels whether rows come as bytes, which the graph casts
 * @throws FrostglassError `usage` when nothing is left to train, or the last layer already is what the loss adds
 */
export function trainingGraph(
  model: Model,
  weights: Weights,
  options: { loss: Loss; optimizer: Optimizer; dtype: ModelType; pixels?: boolean },
): TrainingGraph {
  const { loss, optimizer, dtype } = options
  refuseHead(model, loss)
  const x = input('input', ['N', ...model.input], options.pixels ? 'uint8' : dtype)
  const target = input('target', ['N', ...model.output], dtype)
  const noise: NoiseInput[] = []
  const parameters = new Map<string, Value>()
  const trained: Value[] = []
  const updates: [Value, Value][] = []
  const penalties: Value[] = []

  const output = applyLayers(model.layers, cast(x, dtype), {
    training: true,
    parameter(p) {
      const content = inType(weightOf(p, weights), dtype)
      if (p.frozen) return constantOf(content, p.name)
      const v = variable(p.name, content)
      parameters.set(p.name, v)
      if (p.role === 'weight') trained.push(v)
      return v
    },
    update: (statistic, next) => void updates.push([statistic, next]),
    noise(name, like, kind) {
      const value = input(name, ['N', ...like.shape.slice(1)], kind.kind === 'dropout' ? 'uint8' : dtype)
      noise.push({ value, noise: kind })
      return value
    },
    penalty: (value) => void penalties.push(value),
  })
  if (trained.length === 0) {
    throw new FrostglassError('usage', 'every layer with weights is frozen: there is nothing to train', {
      hint: 'leave out frozen in at least one layer',
    })
  }

  const total = penalties.reduce((sum, p) => add(sum, p), loss.build(output, target))
  const memory = new Map<string, Value>()
  const remember = (name: string, content: Tensor): Value => {
    const v = variable(name, content)
    memory.set(name, v)
    return v
  }
  const learningRate = remember(
    'optimizer.learningRate',
    filled([], optimizer.learningRate, dtype).tensor as Tensor,
  )
  const slots: Memory = {
    slot: (name, of, start) =>
      remember(
        `optimizer.${of ? `${of.name}.` : ''}${name}`,
        filled((of?.shape ?? []) as number[], start, dtype).tensor as Tensor,
      ),
    next: (slot, content) => void updates.push([slot, content]),
  }
  const step = ruleOf(optimizer)(optimizer, learningRate, slots)
  const slopes = gradients(total, trained)
  trained.forEach((w, i) => void updates.push([w, step(w, slopes[i] as Value)]))

  const outputs = loss.answers === 'numbers' ? { loss: total } : { loss: total, prediction: output }
  return {
    graph: graph({ inputs: [x, target, ...noise.map((n) => n.value)], outputs, updates }),
    noise,
    parameters,
    memory,
    learningRate,
  }
}

/** The graph that measures a model while it trains: the same variables, no update; outputs `loss` and `prediction`. */
export function evaluationGraph(
  model: Model,
  weights: Weights,
  options: { loss: Loss; dtype: ModelType; parameters: ReadonlyMap<string, Value>; pixels?: boolean },
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

// Keras takes probabilities by default and has from_logits; here a loss always takes logits, and says so.
function refuseHead(model: Model, loss: Loss): void {
  const last = model.layers.at(-1)
  const ends = last && 'activation' in last ? last.activation : undefined
  const doubled =
    (loss.answers === 'one' && ends === 'softmax') || (loss.answers === 'binary' && ends === 'sigmoid')
  if (!doubled) return
  throw new FrostglassError('usage', `the last layer ends in ${ends}, which ${loss.name} puts on itself`, {
    hint: `leave the ${ends} out; exported models and predictions have it`,
  })
}
