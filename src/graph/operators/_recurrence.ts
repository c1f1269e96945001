// What LSTM, GRU and RNN share: their inputs and attributes, checked; where steps lie in memory.
// Source: ONNX LSTM, GRU, RNN (opset 14 and 22; layout 0 and 1).
// One cell is another file's: recurrent.ts has the kernels, _unrolled.ts the same as values.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, ValueInfo } from '../contract.ts'
import { attribute, flag, info } from '../operator.ts'
import { type Dim, formatShape, type Shape, unify } from '../shape.ts'
import { type Activation, activationsOf } from './_activations.ts'
import { requireInputs } from './_check.ts'

/** One of the three operators. */
export interface Recurrent {
  readonly name: 'LSTM' | 'GRU' | 'RNN'
  /** Rows of weights for each unit. */
  readonly gates: number
  readonly activations: readonly string[]
}

export const lstmKind: Recurrent = { name: 'LSTM', gates: 4, activations: ['Sigmoid', 'Tanh', 'Tanh'] }
export const gruKind: Recurrent = { name: 'GRU', gates: 3, activations: ['Sigmoid', 'Tanh'] }
export const rnnKind: Recurrent = { name: 'RNN', gates: 1, activations: ['Tanh'] }

/** Sizes and attributes of a node. */
export interface Recurrence {
  readonly steps: Dim
  readonly batch: Dim
  readonly features: Dim
  readonly units: number
  /** For each direction, whether it goes backwards. */
  readonly backwards: readonly boolean[]
  readonly activations: readonly (readonly Activation[])[]
  /** Bound of what goes into an activation; Infinity when there is none. */
  readonly clip: number
  /** Whether the batch is the first axis. */
  readonly batchFirst: boolean
  /** LSTM: the forget gate is one less the input gate. */
  readonly coupled: boolean
  /** GRU: the reset gate comes after the product. */
  readonly resetAfter: boolean
}

const directionsOf: Readonly<Record<string, readonly boolean[]>> = {
  forward: [false],
  reverse: [true],
  bidirectional: [false, true],
}

/** @throws FrostglassError `shape` for inputs that do not fit, `unsupported` for what the attributes may not say. */
export function readRecurrence(
  kind: Recurrent,
  inputs: readonly (ValueInfo | undefined)[],
  attributes: Attributes,
  what: string,
): Recurrence {
  const [x, w, r] = requireInputs(inputs, 3, what) as [ValueInfo, ValueInfo, ValueInfo]
  const backwards = directionsOf[attribute(attributes, 'direction', 'forward')]
  if (!backwards) {
    throw new FrostglassError(
      'unsupported',
      `${what}: the direction '${attributes['direction']}'`,
      'Choose forward, reverse or bidirectional.',
    )
  }
  const units = attribute(attributes, 'hidden_size', r.shape[2] as Dim as number)
  if (typeof units !== 'number' || x.shape.length !== 3) {
    throw new FrostglassError(
      'shape',
      `${what}: the input is ${formatShape(x.shape)}, the recurrent weights ${formatShape(r.shape)}`,
      'Give three axes each, and weights of known size.',
    )
  }
  const clip = attribute(attributes, 'clip', Infinity)
  const layout = attribute<number>(attributes, 'layout', 0)
  if (!(clip > 0) || (layout !== 0 && layout !== 1)) {
    throw new FrostglassError(
      'unsupported',
      `${what}: a clip of ${clip}, layout ${layout}`,
      'Clip at a positive number; the layout is 0 or 1.',
    )
  }
  const batchFirst = layout === 1
  const [steps, batch] = batchFirst ? [x.shape[1]!, x.shape[0]!] : [x.shape[0]!, x.shape[1]!]
  const features = x.shape[2]!
  const directions = backwards.length
  const rows = kind.gates * units
  const state: Shape = batchFirst ? [batch, directions, units] : [directions, batch, units]
  const expected: readonly (readonly [role: string, index: number, shape: Shape])[] = [
    ['weights', 1, [directions, rows, features]],
    ['recurrent weights', 2, [directions, rows, units]],
    ['biases', 3, [directions, 2 * rows]],
    ['sequence lengths', 4, [batch]],
    ['initial state', 5, state],
    ['initial cell', 6, state],
    ['peepholes', 7, [directions, 3 * units]],
  ]
  for (const [role, index, shape] of expected) {
    const v = inputs[index]
    if (!v || (v.shape.length === shape.length && v.shape.every((d, i) => mayBe(d, shape[i]!)))) continue
    throw new FrostglassError(
      'shape',
      `${what}: the ${role} are ${formatShape(v.shape)} where ${formatShape(shape)} was expected`,
      'Give them the sizes of input, units and directions.',
    )
  }
  return {
    steps,
    batch,
    features: unify(features, w.shape[2]!) ?? features,
    units,
    backwards,
    activations: activationsOf(attributes, directions, kind.activations, what),
    clip,
    batchFirst,
    coupled: flag(attributes, 'input_forget'),
    resetAfter: attribute(attributes, 'linear_before_reset', 0) !== 0,
  }
}

/** The longest sequence that is written out step after step: a graph of some 20 nodes a step. */
export const mostSteps = 4096

/** How many steps there are to go through. @throws FrostglassError `unsupported` when they are unknown, none or too many. */
export function requireSteps(steps: Dim, what: string): number {
  if (typeof steps === 'number' && steps >= 1 && steps <= mostSteps) return steps
  const many = typeof steps === 'number' ? `there are ${steps}` : 'how many there are is not known'
  throw new FrostglassError(
    'unsupported',
    `${what}: its gradient goes through every step, and ${many}`,
    `Bind the length of the sequences (1 to ${mostSteps}), e.g. with bindDims(graph, { T: 20 }).`,
  )
}

/** A free dimension may turn out to be any size: it is looked at again when it is known. */
const mayBe = (a: Dim, b: Dim): boolean => typeof a === 'string' || typeof b === 'string' || a === b

/** Outputs: every step's state, the last state, and for LSTM the last cell. */
export function inferRecurrent(
  kind: Recurrent,
  inputs: readonly (ValueInfo | undefined)[],
  attributes: Attributes,
  what: string,
): ValueInfo[] {
  const { steps, batch, units, backwards, batchFirst } = readRecurrence(kind, inputs, attributes, what)
  const { dtype } = inputs[0]!
  const directions = backwards.length
  const all = batchFirst ? [batch, steps, directions, units] : [steps, directions, batch, units]
  const last = batchFirst ? [batch, directions, units] : [directions, batch, units]
  return [info(dtype, all), info(dtype, last), ...(kind.name === 'LSTM' ? [info(dtype, last)] : [])]
}
