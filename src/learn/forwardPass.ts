// The forward half of a training step: the model on a batch, with variables, noise and new statistics.
// Source: docs/architecture.md#the-engine. What comes behind it (loss, gradients, optimiser) is trainingGraph.ts.
// Private training puts something else behind it, so it stands alone.

import { FrostglassError } from '../errors.ts'
import { cast, input, slice, type Tensor, type Value, variable } from '../graph/index.ts'
import { constantOf } from '../graph/value.ts'
import { applyLayers, type Binding } from './buildLayers.ts'
import type { Noise } from './layers/layer.ts'
import type { Loss } from './losses.ts'
import { inType, type Model, type ModelType, type Weights, weightOf } from './model.ts'
import { applyInPieces, type Part } from './pieces.ts'

/** An input that is filled with fresh numbers at each step. */
export interface NoiseInput {
  readonly value: Value
  readonly noise: Noise
}

/** What a step computes before its loss: values of the batch, and what training may change. */
export interface ForwardPass {
  readonly x: Value
  readonly target: Value
  readonly noise: ReadonlyMap<string, NoiseInput>
  readonly frozen: ReadonlyMap<string, Value>
  readonly parameters: ReadonlyMap<string, Value>
  /** Those of `parameters` that follow a gradient. */
  readonly trained: readonly Value[]
  /** New statistics. */
  readonly updates: [Value, Value][]
  /** Scalars to add to the loss. */
  readonly penalties: readonly Value[]
  /** The model's outputs. */
  readonly parts: readonly Part[]
}

/**
 * The forward half of a step.
 * @throws FrostglassError `usage` when nothing is left to train, or the last layer already is what the loss adds
 */
export function forwardPass(
  model: Model,
  weights: Weights,
  options: {
    loss: Loss
    dtype: ModelType
    pixels?: boolean | undefined
    rows?: number | undefined
    /** Whether layers may take a batch of known size in pieces (see pieces.ts); true by default. */
    pieces?: boolean | undefined
    share?:
      | { readonly parameters: ReadonlyMap<string, Value>; readonly frozen: ReadonlyMap<string, Value> }
      | undefined
  },
): ForwardPass {
  const { loss, dtype, rows = 'N', pieces = true, share } = options
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
    rows === 'N' || !pieces
      ? [{ from: 0, to: rows === 'N' ? 0 : rows, value: applyLayers(model.layers, fed, binding) }]
      : applyInPieces(model.layers, fed, binding)
  if (trained.length === 0) {
    throw new FrostglassError(
      'usage',
      'every layer with weights is frozen: there is nothing to train',
      'Leave out frozen in at least one layer.',
    )
  }
  return { x, target, noise, frozen, parameters, trained, updates, penalties, parts }
}

const variableOf = (content: Tensor, name: string): Value => variable(name, content)

// Keras takes probabilities by default and has from_logits; here a loss always takes logits, and says so.
function refuseHead(model: Model, loss: Loss): void {
  const last = model.layers.at(-1)
  const ends = last && 'activation' in last ? last.activation : undefined
  const doubled =
    (loss.answers === 'one' && ends === 'softmax') || (loss.answers === 'binary' && ends === 'sigmoid')
  if (!doubled) return
  throw new FrostglassError(
    'usage',
    `the last layer ends in ${ends}, which ${loss.name} puts on itself`,
    `Leave the ${ends} out; exported models and predictions have it.`,
  )
}
