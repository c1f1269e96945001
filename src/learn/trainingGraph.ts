// The graph of one training step: forward, loss, gradients, optimiser, new statistics. And the graph that evaluates.
// Source: ARCHITECTURE, "The engine": the step is part of the graph, so that both executors run the same one.

import { FrostglassError } from '../errors.ts'
import {
  add,
  cast,
  concat,
  constantOf,
  filled,
  type Graph,
  gradients,
  graph,
  input,
  mul,
  scalarLike,
  slice,
  type Tensor,
  type Value,
  variable,
} from '../graph/index.ts'
import type { Noise } from './layers/index.ts'
import type { Loss } from './losses.ts'
import {
  applyInPieces,
  applyLayers,
  type Binding,
  inType,
  type Model,
  type ModelType,
  type Weights,
  weightOf,
} from './model.ts'
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
    pixels?: boolean
    rows?: number
    share?: TrainingGraph
  },
): TrainingGraph {
  const { loss, optimizer, dtype, rows = 'N', share } = options
  refuseHead(model, loss)
  const x = input('input', [rows, ...model.input], options.pixels ? 'uint8' : dtype)
  const target = input('target', [rows, ...model.output], dtype)
  const noise = new Map<string, NoiseInput>()
  const frozen = new Map<string, Value>()
  const parameters = new Map<string, Value>()
  const trained: Value[] = []
  const updates: [Value, Value][] = []
  const penalties: Value[] = []

  const binding: Binding = {
    training: true,
    parameter(p) {
      const known = parameters.get(p.name) ?? frozen.get(p.name)
      if (known) return known
      const v =
        share?.parameters.get(p.name) ??
        share?.frozen.get(p.name) ??
        (p.frozen ? constantOf : variableOf)(inType(weightOf(p, weights), dtype), p.name)
      ;(p.frozen ? frozen : parameters).set(p.name, v)
      if (!p.frozen && p.role === 'weight') trained.push(v)
      return v
    },
    update: (statistic, next) => void updates.push([statistic, next]),
    noise(name, like, kind, first) {
      const type = kind.kind === 'dropout' ? 'uint8' : dtype
      const known = noise.get(name) ?? {
        value: input(name, [rows, ...like.shape.slice(1)], type),
        noise: kind,
      }
      noise.set(name, known)
      const [count] = like.shape
      return count === rows ? known.value : slice(known.value, [first], [first + (count as number)], [0])
    },
    penalty: (value) => void penalties.push(value),
  }
  const fed = cast(x, dtype)
  const parts =
    rows === 'N'
      ? [{ from: 0, to: 0, value: applyLayers(model.layers, fed, binding) }]
      : applyInPieces(model.layers, fed, binding)
  if (trained.length === 0) {
    throw new FrostglassError('usage', 'every layer with weights is frozen: there is nothing to train', {
      hint: 'leave out frozen in at least one layer',
    })
  }

  // Each part has a loss of its own, so that its gradient need not wait for the others.
  const losses = parts.map(({ from, to, value }) => {
    if (parts.length === 1 || rows === 'N') return loss.build(value, target)
    const own = loss.build(value, slice(target, [from], [to], [0]))
    return mul(own, scalarLike(own, (to - from) / rows))
  })
  const total = [...losses.slice(1), ...penalties].reduce((sum, v) => add(sum, v), losses[0] as Value)
  const memory = new Map<string, Value>()
  const remember = (name: string, content: Tensor): Value => {
    const v = share?.memory.get(name) ?? variable(name, content)
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

  const values = parts.map((p) => p.value)
  const prediction = () => (values.length === 1 ? (values[0] as Value) : concat(values, 0))
  const outputs = loss.answers === 'numbers' ? { loss: total } : { loss: total, prediction: prediction() }
  return {
    graph: graph({ inputs: [x, target, ...[...noise.values()].map((n) => n.value)], outputs, updates }),
    noise: [...noise.values()],
    parameters,
    frozen,
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

const variableOf = (content: Tensor, name: string): Value => variable(name, content)

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
