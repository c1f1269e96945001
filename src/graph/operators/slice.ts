// A part of a tensor, and a tensor with a margin: Slice, Pad. Each is the other's gradient.
// Source: ONNX Slice (opset 13), Pad (opset 18); negative pads crop.
// Padding by repetition (reflect, edge, wrap) stands in _padding.ts.

import { FrostglassError } from '../../errors.ts'
import type { Operator, Value, ValueInfo } from '../contract.ts'
import { info } from '../operator.ts'
import { type Dim, formatShape, normaliseAxis, unknownDim } from '../shape.ts'
import { apply, integers } from '../value.ts'
import { requireInputs, requireSameDtype } from './_check.ts'
import { misfit, modeOf, type PadMode, padByGather, placesOf, repetitionGradient } from './_padding.ts'
import { sub } from './arithmetic.ts'
import { reduceSum } from './reduce.ts'
import { reshape, reshapeLike, unsqueeze } from './view.ts'

/** What a slice takes of one axis: elements start, start + step … , `count` of them. */
interface Range {
  readonly start: number
  readonly step: number
  readonly count: number
}

/** The elements that `start:end:step` takes of an axis; undefined when that depends on a free dimension. */
function rangeOf(dim: Dim, start: Dim, end: Dim, step: Dim, what: string): Range | Dim {
  if (step === 0) throw new FrostglassError('shape', `${what}: a step of 0`, 'Use 1 or more, or less than 0.')
  if (typeof dim !== 'number') {
    const whole = start === 0 && step === 1 && (end === dim || (typeof end === 'number' && end >= toEnd))
    return whole ? dim : unknownDim()
  }
  if (typeof start !== 'number' || typeof end !== 'number' || typeof step !== 'number') return unknownDim()
  const from = start < 0 ? start + dim : start
  const to = end < 0 ? end + dim : end
  const [low, high] = step > 0 ? [0, dim] : [-1, dim - 1]
  const first = Math.min(Math.max(from, 0), high)
  const last = Math.min(Math.max(to, low), high)
  return { start: first, step, count: Math.max(0, Math.ceil((last - first) / step)) }
}

// An end that no axis reaches. (2^63 - 1, which exporters write, is beyond it too.)
const toEnd = 2 ** 31 - 1

/** For each axis what is taken: all of it as a dimension, or a range. */
function rangesOf(inputs: readonly (ValueInfo | undefined)[], what: string): (Range | Dim)[] {
  const [x, starts, ends, axes, steps] = inputs as [ValueInfo, ...ValueInfo[]]
  const taken: (Range | Dim)[] = [...x.shape]
  const count = starts?.content?.length ?? starts?.shape[0] ?? 0
  if (axes && !axes.content) return taken.map(() => unknownDim())
  for (let i = 0; i < Number(count); i++) {
    const axis = normaliseAxis((axes?.content?.[i] as number) ?? i, x.shape.length, what)
    const dim = x.shape[axis]!
    const step = steps ? (steps.content?.[i] ?? unknownDim()) : 1
    taken[axis] = rangeOf(
      dim,
      starts?.content?.[i] ?? unknownDim(),
      ends?.content?.[i] ?? unknownDim(),
      step,
      what,
    )
  }
  return taken
}

export const sliceOperator: Operator = {
  name: 'Slice',
  infer(inputs, _, what) {
    const [x] = requireInputs(inputs, 3, what) as [ValueInfo]
    const ranges = rangesOf(inputs, what)
    const shape = ranges.map((r) => (typeof r === 'object' ? r.count : r))
    const only = ranges[0]
    const content =
      x.content && x.shape.length === 1 && typeof only === 'object'
        ? Array.from({ length: only.count }, (__, i) => x.content?.[only.start + i * only.step] as Dim)
        : undefined
    return [info(x.dtype, shape, content)]
  },
  gradient({ inputs, grads }) {
    const x = inputs[0]!
    const before: number[] = x.shape.map(() => 0)
    const after: number[] = x.shape.map(() => 0)
    let dy = grads[0]!
    rangesOf(inputs, 'Slice').forEach((range, axis) => {
      if (range === x.shape[axis]) return
      const dim = x.shape[axis]
      if (typeof range !== 'object' || typeof dim !== 'number') {
        throw new FrostglassError(
          'unsupported',
          `the gradient of Slice along axis ${axis} of ${formatShape(x.shape)} needs to know its size`,
          'Bind the free dimension before taking gradients, or slice with constants.',
        )
      }
      // Of nothing, wherever it starts and whichever way it goes, all comes after it.
      let { start, step } = range.count === 0 ? { start: 0, step: 1 } : range
      if (step < 0) {
        dy = slice(dy, [-1], [-toEnd], [axis], [-1])
        start += (range.count - 1) * step
        step = -step
      }
      if (step > 1) dy = spread(dy, axis, step)
      before[axis] = start
      after[axis] = dim - start - range.count * step
    })
    return [[...before, ...after].some((p) => p !== 0) ? pad(dy, before, after) : dy]
  },
  kernel({ inputs, outputs: [y] }) {
    const x = inputs[0]!
    const infos = inputs.map((b, i) => b && info(b.dtype, b.shape, i ? Array.from(b.data) : undefined))
    const ranges = rangesOf(infos, 'Slice')
    const reads = ranges.map((r, axis) =>
      Array.from({ length: y!.shape[axis]! }, (_, i) => (typeof r === 'object' ? r.start + i * r.step : i)),
    )
    return copyBy(x.data, y!.data, axisTable(x.shape, reads))
  },
}

/** Puts step − 1 zeros behind each element along an axis. */
function spread(x: Value, axis: number, step: number): Value {
  const open = unsqueeze(x, [axis + 1])
  const none = open.shape.map(() => 0)
  const wide = pad(
    open,
    none,
    none.map((_, i) => (i === axis + 1 ? step - 1 : 0)),
  )
  // A free dimension before the axis keeps its place (0); one behind it moves, and is left to be inferred.
  const shape = x.shape.map((d, i) => {
    if (typeof d !== 'number') return i < axis ? 0 : -1
    return i === axis ? d * step : d
  })
  return reshape(wide, shape)
}

/** For each element of the result, the element of a tensor that it reads, from one list of places an axis; −1 for none. */
function axisTable(shape: readonly number[], reads: readonly (readonly number[])[]): Int32Array {
  let table = Int32Array.of(0)
  reads.forEach((places, axis) => {
    const size = shape[axis]!
    const next = new Int32Array(table.length * places.length)
    let at = 0
    for (const base of table) {
      for (const place of places) next[at++] = base < 0 || place < 0 ? -1 : base * size + place
    }
    table = next
  })
  return table
}

function copyBy(from: Float64Array, to: Float64Array, table: Int32Array): () => void {
  return () => {
    for (let i = 0; i < to.length; i++) to[i] = from[table[i]!]!
  }
}

/** Pads of all axes, from the front; undefined when they are computed at run time. */
function padsOf(inputs: readonly (ValueInfo | undefined)[], what: string) {
  const [x, pads, , axes] = inputs as [ValueInfo, ValueInfo, ValueInfo | undefined, ValueInfo | undefined]
  const rank = x.shape.length
  if (!pads.content?.every((p) => typeof p === 'number') || (axes && !axes.content)) return undefined
  const which = axes?.content?.map((a) => normaliseAxis(a as number, rank, what)) ?? x.shape.map((_, i) => i)
  if (pads.content.length !== 2 * which.length) {
    throw new FrostglassError(
      'shape',
      `${what}: ${pads.content.length} pads for ${which.length} axes of ${formatShape(x.shape)}`,
      'Give one pad before and one after each axis: all befores, then all afters.',
    )
  }
  const before = new Array<number>(rank).fill(0)
  const after = new Array<number>(rank).fill(0)
  which.forEach((axis, i) => {
    before[axis] = pads.content?.[i] as number
    after[axis] = pads.content?.[which.length + i] as number
  })
  return { before, after }
}

export const padOperator: Operator = {
  name: 'Pad',
  attributes: { mode: 'string' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 2, what) as [ValueInfo]
    const mode = modeOf(attributes, what)
    if (inputs[2]) requireSameDtype(x, inputs[2], what)
    const pads = padsOf(inputs, what)
    const shape = x.shape.map((dim, axis) => {
      if (!pads) return unknownDim()
      const [before, after] = [pads.before[axis]!, pads.after[axis]!]
      if (typeof dim !== 'number') return before + after === 0 ? dim : unknownDim()
      const hint = misfit(dim, before, after, mode)
      if (hint === undefined) return dim + before + after
      throw new FrostglassError(
        'shape',
        `${what}: axis ${axis} of ${formatShape(x.shape)} cannot be padded by ${before} and ${after}`,
        hint,
      )
    })
    return [info(x.dtype, shape)]
  },
  gradient({ inputs, attributes, grads, needs }) {
    const dy = grads[0]!
    const pads = padsOf(inputs, 'Pad')
    if (!pads) {
      throw new FrostglassError(
        'unsupported',
        'Pad by pads that are computed at run time has no gradient rule',
        'Pad by constants where something before it is trained.',
      )
    }
    const mode = modeOf(attributes, 'Pad')
    if (mode !== 'constant') return [repetitionGradient(inputs[0]!, dy, pads, mode)]
    const minus = (p: number) => (p === 0 ? 0 : -p)
    const byX = pad(dy, pads.before.map(minus), pads.after.map(minus))
    const margin = needs[2] && reshapeLike(sub(reduceSum(dy), reduceSum(byX)), inputs[2]!)
    return [byX, undefined, margin || undefined]
  },
  // ONNX Runtime wraps since opset 19 only.
  lower(inputs, attributes) {
    const pads = padsOf(inputs as readonly ValueInfo[], 'Pad')
    const mode = modeOf(attributes, 'Pad')
    return mode === 'wrap' && pads ? [padByGather(inputs[0]!, pads, mode)] : undefined
  },
  kernel({ inputs, outputs: [y], attributes }) {
    const x = inputs[0]!
    const mode = modeOf(attributes, 'Pad')
    const infos = inputs.map(
      (b, i) => b && info(b.dtype, b.shape, i === 1 || i === 3 ? Array.from(b.data) : undefined),
    )
    const { before, after } = padsOf(infos, 'Pad')!
    const reads = x.shape.map((size, axis) => placesOf(size, before[axis]!, after[axis]!, mode))
    const from = x.data
    const to = y!.data
    const table = axisTable(x.shape, reads)
    if (!table.includes(-1)) return copyBy(from, to, table)
    const fill = inputs[2]?.data ?? Float64Array.of(0)
    return () => {
      const constant = fill[0]!
      for (let i = 0; i < to.length; i++) {
        const read = table[i]!
        to[i] = read < 0 ? constant : from[read]!
      }
    }
  },
}

/**
 * Elements `start` to before `end` along each of `axes` (the first ones when absent), every `steps`th; negative
 * numbers count from the end, a negative step goes backwards.
 */
export function slice(
  x: Value,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[] = starts.map((_, i) => i),
  steps?: readonly number[],
): Value {
  const inputs = [x, integers(starts), integers(ends), integers(axes)]
  return apply(sliceOperator, steps ? [...inputs, integers(steps)] : inputs)
}

/**
 * `x` with so many elements more (or fewer, when negative) before and after each axis: `value` (a scalar of its dtype;
 * 0 when absent), or its own by reflection, by its edge or by beginning again.
 */
export const pad = (
  x: Value,
  before: readonly number[],
  after: readonly number[],
  options: { value?: Value | undefined; mode?: PadMode | undefined } = {},
): Value =>
  apply(
    padOperator,
    options.value
      ? [x, integers([...before, ...after]), options.value]
      : [x, integers([...before, ...after])],
    {
      mode: options.mode ?? 'constant',
    },
  )

export const sliceOperators: readonly Operator[] = [sliceOperator, padOperator]
