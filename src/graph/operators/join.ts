// Along one axis: Concat joins values, Split takes them apart; each is the other's gradient.
// Source: ONNX Concat (opset 13), Split (opset 18).
// A split into equal parts of a free dimension has parts of unknown size.

import { FrostglassError } from '../../errors.ts'
import type { Buffer, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import {
  contentLimit,
  type Dim,
  formatShape,
  isStatic,
  mayAgree,
  normaliseAxis,
  type Shape,
  unify,
  unknownDim,
} from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { apply, applyAll, integers, scalarLike } from '../value.ts'
import { requireInputs, requireSameDtype } from './_check.ts'
import { slice } from './slice.ts'
import { contentOf, expandLike, shapeOperator } from './view.ts'

/** The sum of dimensions: unknown when one is free and another is not 0. */
function sumDims(dims: Shape): Dim {
  const free = dims.filter((d) => typeof d !== 'number')
  const known = dims.reduce((sum: number, d) => (typeof d === 'number' ? sum + d : sum), 0)
  if (free.length === 0) return known
  return free.length === 1 && known === 0 ? (free[0] as Dim) : unknownDim()
}

const sizeBefore = (dims: readonly number[], at: number): number =>
  dims.slice(0, at).reduce((sum, d) => sum + d, 0)

/** The sizes of values along an axis, as an int64 vector that may have free dimensions. */
function sizesAlong(values: readonly Value[], axis: number): Value {
  const dims = values.map((v) => v.shape[axis]!)
  if (isStatic(dims)) return integers(dims)
  const each = values.map((v) => apply(shapeOperator, [v], { start: axis, end: axis + 1 }))
  return concat(each, 0)
}

/** How a joined tensor lies in memory: `outer` rows, in each of which a part has `axis size × inner` neighbours. */
function strips(shape: readonly number[], axis: number): { outer: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), inner: sizeOf(shape.slice(axis + 1)) }
}

/** The first two dimensions that contradict; undefined where ranks do. */
function disagreement(a: Shape, b: Shape, axis: number): { dims: readonly Dim[] } | undefined {
  const at = a.length === b.length ? a.findIndex((d, i) => i !== axis && unify(d, b[i]!) === undefined) : -1
  return at < 0 ? undefined : { dims: [a[at]!, b[at]!] }
}

export const concatOperator: Operator = {
  name: 'Concat',
  attributes: { axis: 'int' },
  infer(inputs, attributes, what) {
    const all = requireInputs(inputs, Math.max(inputs.length, 1), what)
    const first = all[0]!
    const axis = normaliseAxis(attribute(attributes, 'axis', 0), first.shape.length, what)
    if (first.shape.length === 0) {
      throw new FrostglassError(
        'shape',
        `${what}: scalars have no axis to join along`,
        'Unsqueeze them first.',
      )
    }
    const shape = [...first.shape]
    for (const other of all.slice(1)) {
      requireSameDtype(first, other, what)
      const joined = shape.map((d, i) => (i === axis ? d : unify(d, other.shape[i] ?? -1)))
      if (other.shape.length !== shape.length || joined.includes(undefined)) {
        throw new FrostglassError(
          'shape',
          `${what}: ${formatShape(first.shape)} and ${formatShape(other.shape)} cannot be joined along axis ${axis}`,
          'Make all other axes equal.',
          disagreement(shape, other.shape, axis),
        )
      }
      joined.forEach((d, i) => {
        shape[i] = d!
      })
    }
    shape[axis] = sumDims(all.map((v) => v.shape[axis]!))
    const known = shape.length === 1 && all.every((v) => v.content)
    return [info(first.dtype, shape, known ? all.flatMap((v) => v.content as Dim[]) : undefined)]
  },
  gradient({ inputs, attributes, grads, needs }) {
    const values = inputs as readonly Value[]
    const axis = normaliseAxis(attribute(attributes, 'axis', 0), values[0]!.shape.length, 'Concat')
    const dy = grads[0]!
    const dims = values.map((v) => v.shape[axis]!)
    // One part alone is a slice; more are one split.
    if (isStatic(dims) && needs.filter(Boolean).length === 1) {
      const at = needs.indexOf(true)
      const start = sizeBefore(dims, at)
      const part = slice(dy, [start], [sizeBefore(dims, at + 1)], [axis])
      return values.map((_, i) => (i === at ? part : undefined))
    }
    return applyAll(splitOperator, [dy, sizesAlong(values, axis)], { axis })
  },
  kernel({ inputs, outputs: [y], attributes }) {
    const parts = inputs as readonly Buffer[]
    const axis = normaliseAxis(attribute(attributes, 'axis', 0), y!.shape.length, 'Concat')
    const { outer, inner } = strips(y!.shape, axis)
    const to = y!.data
    const row = y!.shape[axis]! * inner
    let start = 0
    const steps = parts.map((part) => {
      const from = part.data
      const length = part.shape[axis]! * inner
      const offset = start
      start += length
      return () => {
        for (let o = 0; o < outer; o++) {
          for (let i = 0; i < length; i++) to[o * row + offset + i] = from[o * length + i]!
        }
      }
    })
    return () => {
      for (let i = 0; i < steps.length; i++) steps[i]!()
    }
  },
}

/** As many sizes as are computed at run time, each unknown; undefined where they are known, or their number is not. */
function unknownSizes(sizes: ValueInfo): Dim[] | undefined {
  const [count] = sizes.shape
  if (sizes.content || typeof count !== 'number' || count > contentLimit) return undefined
  return Array.from({ length: count }, unknownDim)
}

export const splitOperator: Operator = {
  name: 'Split',
  attributes: { axis: 'int', num_outputs: 'int' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    const axis = normaliseAxis(attribute(attributes, 'axis', 0), x.shape.length, what)
    const whole = x.shape[axis]!
    const sizes = inputs[1]
      ? (unknownSizes(inputs[1]) ?? contentOf(inputs[1], what, 'sizes'))
      : equalParts(whole, attribute(attributes, 'num_outputs', 0), what)
    const total = sumDims(sizes)
    if (!mayAgree(total, whole)) {
      throw new FrostglassError(
        'shape',
        `${what}: parts of ${formatShape(sizes)} do not add up to axis ${axis} of ${formatShape(x.shape)}`,
        `Choose sizes whose sum is ${whole}.`,
      )
    }
    let start = 0
    return sizes.map((size) => {
      const content =
        x.content && x.shape.length === 1 && typeof size === 'number'
          ? x.content.slice(start, start + size)
          : undefined
      start += typeof size === 'number' ? size : Number.NaN
      return info(
        x.dtype,
        x.shape.map((d, i) => (i === axis ? size : d)),
        content,
      )
    })
  },
  gradient({ outputs, attributes, grads }) {
    const parts = outputs.map((y, i) => grads[i] ?? expandLike(scalarLike(y, 0), y))
    return [concat(parts, attribute(attributes, 'axis', 0))]
  },
  kernel({ inputs: [x], outputs, attributes }) {
    const axis = normaliseAxis(attribute(attributes, 'axis', 0), x!.shape.length, 'Split')
    const { outer, inner } = strips(x!.shape, axis)
    const from = x!.data
    const row = x!.shape[axis]! * inner
    let start = 0
    const steps = outputs.map((part) => {
      const to = part.data
      const length = part.shape[axis]! * inner
      const offset = start
      start += length
      return () => {
        for (let o = 0; o < outer; o++) {
          for (let i = 0; i < length; i++) to[o * length + i] = from[o * row + offset + i]!
        }
      }
    })
    return () => {
      for (let i = 0; i < steps.length; i++) steps[i]!()
    }
  },
}

/** Each is a value of its own. */
const mostParts = 65_536

/** Opset 18: as many parts as said, of equal size but for the last, which may be smaller. */
function equalParts(whole: Dim, count: number, what: string): Dim[] {
  if (!(count >= 1)) {
    throw new FrostglassError(
      'shape',
      `${what}: neither sizes nor a number of parts is given`,
      'Give one of the two.',
    )
  }
  if (count > mostParts) {
    throw new FrostglassError(
      'input',
      `${what}: a split into ${count} parts is more than ${mostParts}`,
      'Reshape instead.',
    )
  }
  if (typeof whole !== 'number') return Array.from({ length: count }, () => unknownDim())
  const size = Math.ceil(whole / count)
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(size, whole - i * size)))
}

/** Values of one dtype joined along an axis, on which alone their shapes may differ. */
export const concat = (values: readonly Value[], axis: number): Value =>
  apply(concatOperator, values, { axis })

/** `x` taken apart along an axis: into parts of these sizes, or into so many equal ones (the last may be smaller). */
export const split = (x: Value, parts: number | readonly number[], axis: number): readonly Value[] =>
  typeof parts === 'number'
    ? applyAll(splitOperator, [x], { axis, num_outputs: parts })
    : applyAll(splitOperator, [x, integers(parts)], { axis })

export const joinOperators: readonly Operator[] = [concatOperator, splitOperator]
