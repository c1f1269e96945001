// LSTM, GRU and RNN: one kernel that walks the steps, three cells.
// Source: ONNX LSTM, GRU, RNN (opset 14 and 22); Hochreiter and Schmidhuber 1997; Cho et al. 2014.
// Steps after a sequence's end give 0 and leave the state. Gradients go through every step (_unrolled.ts).

import { FrostglassError } from '../../errors.ts'
import type { Attributes, KernelContext, Operator, Value } from '../contract.ts'
import { isRefusing } from '../integers.ts'
import { attribute } from '../operator.ts'
import { applyAll, constant, scalarLike } from '../value.ts'
import type { Activation } from './_activations.ts'
import { gradientBy } from './_defined.ts'
import {
  gruKind,
  inferRecurrent,
  lstmKind,
  mostSteps,
  type Recurrence,
  type Recurrent,
  readRecurrence,
  rnnKind,
} from './_recurrence.ts'
import { unrolled } from './_unrolled.ts'
import { less, where } from './compare.ts'
import { gather } from './gather.ts'
import { transpose } from './matmul.ts'

/** What a cell works on: one sequence at one step. */
interface Work {
  /** What the input gives to each gate, then the sums: `[gates·units]`. */
  readonly gates: Float64Array
  /** The state before the step, and after it. */
  readonly h: Float64Array
  readonly next: Float64Array
  readonly c: Float64Array
  /** Recurrent weights `[gates·units, units]`, their biases, the peepholes, of one direction. */
  readonly recurrent: Float64Array
  readonly bias: Float64Array
  readonly peepholes: Float64Array
  readonly r: Recurrence
  readonly activations: readonly Activation[]
}

/** Row `row` of the recurrent weights times the state, and its bias. */
function recall({ recurrent, bias, r: { units } }: Work, row: number, h: Float64Array): number {
  let sum = bias[row]!
  for (let j = 0; j < units; j++) sum += recurrent[row * units + j]! * h[j]!
  return sum
}

const limit = (x: number, bound: number): number => Math.min(bound, Math.max(-bound, x))

// The order of the gates is input, output, forget, cell; of the peepholes, input, output, forget.
function lstmStep(work: Work): void {
  const { gates, h, next, c, peepholes, r } = work
  const { units, clip, coupled } = r
  const [f, g, k] = work.activations as [Activation, Activation, Activation]
  for (let i = 0; i < 4 * units; i++) gates[i] = gates[i]! + recall(work, i, h)
  for (let j = 0; j < units; j++) {
    const before = c[j]!
    const input = f.of(limit(gates[j]! + peepholes[j]! * before, clip))
    const keep = coupled
      ? 1 - input
      : f.of(limit(gates[2 * units + j]! + peepholes[2 * units + j]! * before, clip))
    const cell = keep * before + input * g.of(limit(gates[3 * units + j]!, clip))
    c[j] = cell
    next[j] = f.of(limit(gates[units + j]! + peepholes[units + j]! * cell, clip)) * k.of(cell)
  }
}

// The order of the gates is update, reset, candidate.
function gruStep(work: Work): void {
  const { gates, h, next, c: reset, r } = work
  const { units, clip, resetAfter } = r
  const [f, g] = work.activations as [Activation, Activation]
  for (let i = 0; i < 2 * units; i++) gates[i] = f.of(limit(gates[i]! + recall(work, i, h), clip))
  for (let j = 0; j < units; j++) reset[j] = gates[units + j]! * (resetAfter ? 1 : h[j]!)
  for (let j = 0; j < units; j++) {
    const row = 2 * units + j
    const recalled = resetAfter ? reset[j]! * recall(work, row, h) : recall(work, row, reset)
    const candidate = g.of(limit(gates[row]! + recalled, clip))
    next[j] = (1 - gates[j]!) * candidate + gates[j]! * h[j]!
  }
}

function rnnStep(work: Work): void {
  const { gates, h, next, r } = work
  const [f] = work.activations as [Activation]
  for (let j = 0; j < r.units; j++) next[j] = f.of(limit(gates[j]! + recall(work, j, h), r.clip))
}

const stepOf = { LSTM: lstmStep, GRU: gruStep, RNN: rnnStep }

/** Where the state of sequence `n` in direction `d` lies. */
const placeOf = ({ batchFirst, units, backwards }: Recurrence, batch: number, n: number, d: number) =>
  (batchFirst ? n * backwards.length + d : d * batch + n) * units

function kernelOf(kind: Recurrent): NonNullable<Operator['kernel']> {
  return (k: KernelContext) => {
    const infos = k.inputs.map((b) => b && { ...b, content: undefined })
    const r = readRecurrence(kind, infos, k.attributes, kind.name)
    const runs = r.backwards.flatMap((backwards, d) => {
      const works = workOf(kind, r, k, d)
      return Array.from({ length: r.batch as number }, (_, n) => sequence(kind, r, k, works, n, d, backwards))
    })
    const all = k.outputs[0]!.data
    return () => {
      all.fill(0)
      for (let i = 0; i < runs.length; i++) runs[i]!()
    }
  }
}

function workOf(kind: Recurrent, r: Recurrence, { inputs }: KernelContext, d: number): Work {
  const { units } = r
  const rows = kind.gates * units
  const part = (v: Float64Array | undefined, size: number, at: number) =>
    v ? v.subarray(at, at + size) : new Float64Array(size)
  return {
    gates: new Float64Array(rows),
    h: new Float64Array(units),
    next: new Float64Array(units),
    c: new Float64Array(units),
    recurrent: part(inputs[2]!.data, rows * units, d * rows * units),
    bias: part(inputs[3]?.data, rows, d * 2 * rows + rows),
    peepholes: part(inputs[7]?.data, 3 * units, d * 3 * units),
    r,
    activations: r.activations[d]!,
  }
}

/** One sequence of the batch in one direction, from its first step to its last. */
function sequence(
  kind: Recurrent,
  r: Recurrence,
  { inputs, outputs }: KernelContext,
  work: Work,
  n: number,
  d: number,
  backwards: boolean,
): () => void {
  const [x, w, , b, lengths, h0, c0] = inputs.map((buffer) => buffer?.data)
  const [all, lastH, lastC] = outputs.map((buffer) => buffer.data)
  const { units, batchFirst } = r
  const [steps, batch, features] = [r.steps, r.batch, r.features] as [number, number, number]
  const rows = kind.gates * units
  const directions = r.backwards.length
  const place = placeOf(r, batch, n, d)
  const { gates, h, next, c } = work
  const step = stepOf[kind.name]
  const weigh = (t: number): void => {
    const at = (batchFirst ? n * steps + t : t * batch + n) * features
    for (let row = 0; row < rows; row++) {
      let sum = b ? b[d * 2 * rows + row]! : 0
      const from = (d * rows + row) * features
      for (let i = 0; i < features; i++) sum += w![from + i]! * x![at + i]!
      gates[row] = sum
    }
  }
  return () => {
    for (let j = 0; j < units; j++) h[j] = h0 ? h0[place + j]! : 0
    for (let j = 0; j < units; j++) c[j] = c0 ? c0[place + j]! : 0
    const stated = lengths ? lengths[n]! : steps
    const length = Math.min(steps, Math.max(0, stated))
    // Where an error would tell of what is fed, the nearest length is taken.
    if (length !== stated && isRefusing()) throw wrongLength(kind, stated, steps)
    for (let s = 0; s < length; s++) {
      const t = backwards ? length - 1 - s : s
      weigh(t)
      step(work)
      h.set(next)
      const to = batchFirst ? (n * steps + t) * directions + d : (t * directions + d) * batch + n
      all!.set(h, to * units)
    }
    lastH!.set(h, place)
    lastC?.set(c, place)
  }
}

const wrongLength = ({ name }: Recurrent, length: number, steps: number): FrostglassError =>
  new FrostglassError(
    'input',
    `${name}: a sequence of length ${length} among ${steps} steps`,
    `Give lengths from 0 to ${steps}.`,
  )

/** Lengths looked up among all that there may be: a run with another one fails. A negative index would count from the end. */
function within(lengths: Value, steps: number): Value {
  const all = Array.from({ length: steps + 1 }, (_, i) => i)
  const places = where(less(lengths, scalarLike(lengths, 0)), scalarLike(lengths, steps + 1), lengths)
  return gather(constant(all, [steps + 1], lengths.dtype), places)
}

const swapped = (v: Value | undefined): Value | undefined => v && transpose(v, [1, 0, 2])

function recurrentOperator(kind: Recurrent, own: Operator['attributes']): Operator {
  const definition = unrolled(kind)
  const operator: Operator = {
    name: kind.name,
    attributes: {
      activation_alpha: 'floats',
      activation_beta: 'floats',
      activations: 'strings',
      clip: 'float',
      direction: 'string',
      hidden_size: 'int',
      layout: 'int',
      ...own,
    },
    infer: (inputs, attributes, what) => inferRecurrent(kind, inputs, attributes, what),
    gradient: gradientBy(definition, kind.name),
    kernel: kernelOf(kind),
    // ONNX Runtime has these in float32, with the steps as the first axis; an empty batch ends its process.
    lower(inputs, attributes) {
      const { steps, batch } = readRecurrence(kind, inputs, attributes, kind.name)
      if (
        (inputs[0]?.dtype === 'float64' || batch === 0) &&
        typeof steps === 'number' &&
        steps > 0 &&
        steps <= mostSteps
      )
        return definition(
          inputs.map((v, i) => (i === 4 && v ? within(v, steps) : v)),
          attributes,
          kind.name,
        )
      return batchSecond(operator, inputs, attributes)
    },
    flops(inputs, outputs) {
      const [, w, r] = inputs
      const [, rows, features] = w!.shape as number[]
      const columns = features! + (r!.shape[2] as number)
      return (2 * rows! * columns * size(outputs[0]!.shape)) / (r!.shape[2] as number)
    },
  }
  return operator
}

const size = (shape: readonly (number | string)[]): number =>
  shape.reduce<number>((product, d) => product * (d as number), 1)

/** A node of layout 1 as one of layout 0; undefined for one that is already. */
function batchSecond(
  operator: Operator,
  inputs: readonly (Value | undefined)[],
  attributes: Attributes,
): readonly Value[] | undefined {
  if (attribute(attributes, 'layout', 0) === 0) return undefined
  const [x, w, r, b, lengths, h0, c0, p] = inputs
  const given = [swapped(x), w, r, b, lengths, swapped(h0), swapped(c0), p].slice(0, inputs.length)
  const [all, ...lasts] = applyAll(operator, given, { ...attributes, layout: 0 }) as [Value, ...Value[]]
  return [transpose(all, [2, 0, 1, 3]), ...lasts.map((v) => swapped(v)!)]
}

export const lstmOperator = recurrentOperator(lstmKind, { input_forget: 'int' })
export const gruOperator = recurrentOperator(gruKind, { linear_before_reset: 'int' })
export const rnnOperator = recurrentOperator(rnnKind, {})

export const recurrentOperators: readonly Operator[] = [lstmOperator, gruOperator, rnnOperator]
