// Reductions along axes: ReduceSum, ReduceMean, ReduceMax, ReduceMin.
// Source: ONNX operators of these names, opset 18 (axes are an input).
// A tie of a maximum or minimum shares its gradient equally.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, GradientContext, Operator, Value, ValueInfo } from '../contract.ts'
import { exact, isInteger } from '../integers.ts'
import { flag, info } from '../operator.ts'
import { type Dim, isStatic, normaliseAxis, unknownDim } from '../shape.ts'
import { isFloat, sizeOf } from '../tensor.ts'
import { apply, constant, integers, scalarLike } from '../value.ts'
import { readTable } from './_broadcast.ts'
import { requireInputs } from './_check.ts'
import { div, mul } from './arithmetic.ts'
import { cast } from './cast.ts'
import { equal, not, where } from './compare.ts'
import { expandLike, sizeOfValue, unsqueeze } from './view.ts'

/** The axes to reduce, from the front, in order; all of them when none are given. */
export function axesOf(
  inputs: readonly (ValueInfo | undefined)[],
  attributes: Attributes,
  what: string,
): number[] {
  const [x, axes] = inputs as [ValueInfo, ValueInfo | undefined]
  const rank = x.shape.length
  if (!axes || axes.content?.length === 0) {
    return flag(attributes, 'noop_with_empty_axes') ? [] : Array.from({ length: rank }, (_, i) => i)
  }
  if (!axes.content?.every((a) => typeof a === 'number')) {
    throw new FrostglassError(
      'unsupported',
      `${what}: its axes are computed at run time`,
      'Make them a constant.',
    )
  }
  return axes.content.map((a) => normaliseAxis(a, rank, what)).sort((a, b) => a - b)
}

/** The axes of a result whose reduced axes are computed at run time, if it can be told how many there are. */
function computedAxes(
  [x, axes]: readonly (ValueInfo | undefined)[],
  attributes: Attributes,
): Dim[] | undefined {
  if (!x || !axes || axes.content) return undefined
  if (flag(attributes, 'keepdims', true)) return [...x.shape]
  const count = axes.shape[0]
  return typeof count === 'number' && count > 0 ? x.shape.slice(count) : undefined
}

export const inferReduce: Operator['infer'] = (inputs, attributes, what) => {
  const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
  const computed = computedAxes(inputs, attributes)
  if (computed) return [info(x.dtype, computed.map(unknownDim))]
  const axes = axesOf(inputs, attributes, what)
  const keep = flag(attributes, 'keepdims', true)
  const shape: Dim[] = []
  x.shape.forEach((dim, axis) => {
    if (!axes.includes(axis)) shape.push(dim)
    else if (keep) shape.push(1)
  })
  return [info(x.dtype, shape)]
}

/** The shape of the result with its reduced axes kept as 1. */
function keptShape(k: { inputs: readonly (ValueInfo | undefined)[]; attributes: Attributes }): Dim[] {
  const axes = axesOf(k.inputs, k.attributes, 'reduction')
  return k.inputs[0]!.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
}

/** `v`, which has the shape of the result, with its reduced axes put back as 1. */
export function unreduce(g: GradientContext, v: Value): Value {
  const kept = keptShape(g)
  if (kept.length === v.shape.length) return v
  return unsqueeze(v, axesOf(g.inputs, g.attributes, 'reduction'))
}

/** For each input element, the output element that it goes to. */
export function writeTable(k: Parameters<NonNullable<Operator['kernel']>>[0]): Int32Array {
  const contents = k.inputs.map(
    (b, i) => b && info(b.dtype, b.shape, i === 1 ? Array.from(b.data) : undefined),
  )
  const kept = keptShape({ inputs: contents, attributes: k.attributes }) as number[]
  return readTable(kept, k.inputs[0]!.shape)
}

/** Sums of integers, none of which may be rounded on the way. */
function wholeSums(x: Float64Array, out: Float64Array, to: Int32Array): () => void {
  return () => {
    out.fill(0)
    for (let i = 0; i < x.length; i++) {
      const o = to[i]!
      out[o] = exact(out[o]! + x[i]!)
    }
  }
}

export const reduceSumOperator: Operator = {
  name: 'ReduceSum',
  attributes: { keepdims: 'int', noop_with_empty_axes: 'int' },
  infer: inferReduce,
  gradient: (g) => [expandLike(unreduce(g, g.grads[0]!), g.inputs[0]!)],
  kernel(k) {
    const x = k.inputs[0]!.data
    const out = k.outputs[0]!.data
    const to = writeTable(k)
    if (isInteger(k.outputs[0]!.dtype)) return wholeSums(x, out, to)
    return () => {
      out.fill(0)
      for (let i = 0; i < x.length; i++) {
        const o = to[i]!
        out[o] = out[o]! + x[i]!
      }
    }
  },
  flops: (inputs) => sizeOf(inputs[0]!.shape as number[]),
}

export const reduceMeanOperator: Operator = {
  name: 'ReduceMean',
  attributes: { keepdims: 'int', noop_with_empty_axes: 'int' },
  infer: inferReduce,
  gradient(g) {
    const x = g.inputs[0]!
    const y = g.outputs[0]!
    const dy = g.grads[0]!
    const share =
      isStatic(x.shape) && isStatic(y.shape)
        ? mul(dy, scalarLike(dy, sizeOf(y.shape) / sizeOf(x.shape)))
        : div(mul(dy, cast(sizeOfValue(y), dy.dtype)), cast(sizeOfValue(x), dy.dtype))
    return [expandLike(unreduce(g, share), x)]
  },
  // Of nothing ONNX Runtime gives 0: it is no number, and of integers an error.
  lower(inputs, attributes) {
    const [x] = inputs as [Value]
    const axes = computedAxes(inputs, attributes) ? x.shape.keys() : axesOf(inputs, attributes, 'ReduceMean')
    if ([...axes].every((axis) => typeof x.shape[axis] === 'number' && x.shape[axis] > 0)) return undefined
    const mean = apply(reduceMeanOperator, inputs, attributes)
    const isEmpty = equal(sizeOfValue(x), constant(0, [], 'int64'))
    if (isFloat(x.dtype)) return [where(isEmpty, scalarLike(x, Number.NaN), mean)]
    return [div(mean, cast(not(isEmpty), x.dtype))]
  },
  kernel(k) {
    const x = k.inputs[0]!.data
    const out = k.outputs[0]!.data
    const to = writeTable(k)
    const count = x.length / out.length
    if (isInteger(k.outputs[0]!.dtype)) {
      const sum = wholeSums(x, out, to)
      return () => {
        sum()
        for (let o = 0; o < out.length; o++) out[o] = Math.trunc(out[o]! / count)
      }
    }
    return () => {
      out.fill(0)
      for (let i = 0; i < x.length; i++) {
        const o = to[i]!
        out[o] = out[o]! + x[i]!
      }
      for (let o = 0; o < out.length; o++) out[o] = out[o]! / count
    }
  },
  flops: (inputs) => sizeOf(inputs[0]!.shape as number[]),
}

function extremum(name: string, start: number, better: (a: number, b: number) => boolean): Operator {
  return {
    name,
    attributes: { keepdims: 'int', noop_with_empty_axes: 'int' },
    infer: inferReduce,
    gradient(g) {
      const x = g.inputs[0]!
      const dy = g.grads[0]!
      const axes = axesOf(g.inputs, g.attributes, name)
      // Without axes ReduceSum would reduce all of them.
      if (axes.length === 0) return [dy]
      const mask = cast(equal(x, unreduce(g, g.outputs[0]!)), dy.dtype)
      const ties = apply(reduceSumOperator, [mask, integers(axes)], { keepdims: 1 })
      return [mul(mask, div(unreduce(g, dy), ties))]
    },
    kernel(k) {
      const x = k.inputs[0]!.data
      const out = k.outputs[0]!.data
      const to = writeTable(k)
      // Of no elements: the least or greatest that the dtype has.
      const first = k.outputs[0]!.dtype === 'bool' ? Number(start > 0) : start
      return () => {
        out.fill(first)
        for (let i = 0; i < x.length; i++) {
          const o = to[i]!
          const v = x[i]!
          if (better(v, out[o]!) || Number.isNaN(v)) out[o] = v
        }
      }
    },
    flops: (inputs) => sizeOf(inputs[0]!.shape as number[]),
  }
}

export const reduceMaxOperator = extremum('ReduceMax', -Infinity, (a, b) => a > b)
export const reduceMinOperator = extremum('ReduceMin', Infinity, (a, b) => a < b)

function reduction(operator: Operator) {
  return (x: Value, axes?: readonly number[], keepdims = false): Value =>
    apply(operator, axes ? [x, integers(axes)] : [x], { keepdims: keepdims ? 1 : 0 })
}

/** Sum along `axes` (all when absent); `keepdims` leaves them as 1. */
export const reduceSum = reduction(reduceSumOperator)
/** Mean along `axes` (all when absent). */
export const reduceMean = reduction(reduceMeanOperator)
/** Maximum along `axes` (all when absent). */
export const reduceMax = reduction(reduceMaxOperator)
/** Minimum along `axes` (all when absent). */
export const reduceMin = reduction(reduceMinOperator)

export const reduceOperators: readonly Operator[] = [
  reduceSumOperator,
  reduceMeanOperator,
  reduceMaxOperator,
  reduceMinOperator,
]
