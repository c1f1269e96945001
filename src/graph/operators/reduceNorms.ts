// Reductions that are more than a sum: ReduceL1, ReduceL2, ReduceSumSquare, ReduceLogSum, ReduceLogSumExp, ReduceProd.
// Source: ONNX operators of these names, opset 18 (axes are an input). Of no elements: 0, 0, 0, −∞, −∞ and 1.
// Where nothing is reduced (noop_with_empty_axes) each element is a set of its own, as ONNX has it: its root of squares, its log …

import type { Operator, Value } from '../contract.ts'
import { exact, isInteger, multiplier } from '../integers.ts'
import { sizeOf } from '../tensor.ts'
import { apply, integers, scalarLike } from '../value.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { cast } from './cast.ts'
import { equal, where } from './compare.ts'
import { exp, sign } from './elementwise.ts'
import { axesOf, inferReduce, reduceSum, unreduce, writeTable } from './reduce.ts'
import { expandLike } from './view.ts'

/** A reduction by a sum of `term`s, of which `last` makes the result. */
function sumOf(
  name: string,
  term: (x: number) => number,
  last: (sum: number) => number,
  gradient: (x: Value, y: Value, dy: Value) => Value,
): Operator {
  return {
    name,
    attributes: { keepdims: 'int', noop_with_empty_axes: 'int' },
    infer: inferReduce,
    gradient: (g) => [gradient(g.inputs[0]!, unreduce(g, g.outputs[0]!), unreduce(g, g.grads[0]!))],
    kernel(k) {
      const x = k.inputs[0]!.data
      const out = k.outputs[0]!.data
      const to = writeTable(k)
      const kept = isInteger(k.outputs[0]!.dtype) ? exact : same
      return () => {
        out.fill(0)
        for (let i = 0; i < x.length; i++) out[to[i]!] = kept(out[to[i]!]! + term(x[i]!))
        for (let o = 0; o < out.length; o++) out[o] = last(out[o]!)
      }
    },
    flops: (inputs) => sizeOf(inputs[0]!.shape as number[]),
  }
}

const same = (sum: number): number => sum

export const reduceL1Operator = sumOf('ReduceL1', Math.abs, same, (x, _, dy) => mul(dy, sign(x)))
export const reduceSumSquareOperator = sumOf(
  'ReduceSumSquare',
  (x) => x * x,
  same,
  (x, _, dy) => mul(dy, add(x, x)),
)
export const reduceLogSumOperator = sumOf('ReduceLogSum', same, Math.log, (x, y, dy) =>
  expandLike(div(dy, exp(y)), x),
)
// At the origin, where a norm has no gradient, it is 0, the least of those below.
export const reduceL2Operator = sumOf(
  'ReduceL2',
  (x) => x * x,
  Math.sqrt,
  (x, y, dy) => {
    const none = equal(y, scalarLike(y, 0))
    return mul(dy, div(x, where(none, scalarLike(y, 1), y)))
  },
)

export const reduceLogSumExpOperator: Operator = {
  name: 'ReduceLogSumExp',
  attributes: { keepdims: 'int', noop_with_empty_axes: 'int' },
  infer: inferReduce,
  gradient(g) {
    return [mul(unreduce(g, g.grads[0]!), exp(sub(g.inputs[0]!, unreduce(g, g.outputs[0]!))))]
  },
  kernel(k) {
    const x = k.inputs[0]!.data
    const out = k.outputs[0]!.data
    const to = writeTable(k)
    const top = new Float64Array(out.length)
    return () => {
      top.fill(-Infinity)
      for (let i = 0; i < x.length; i++) top[to[i]!] = Math.max(top[to[i]!]!, x[i]!)
      out.fill(0)
      for (let i = 0; i < x.length; i++) {
        const most = top[to[i]!]!
        // Of an infinite maximum nothing may be subtracted.
        out[to[i]!] = out[to[i]!]! + (Math.abs(most) === Infinity ? 1 : Math.exp(x[i]! - most))
      }
      for (let o = 0; o < out.length; o++) out[o] = Math.log(out[o]!) + top[o]!
    }
  },
  flops: (inputs) => 2 * sizeOf(inputs[0]!.shape as number[]),
}

export const reduceProdOperator: Operator = {
  name: 'ReduceProd',
  attributes: { keepdims: 'int', noop_with_empty_axes: 'int' },
  infer: inferReduce,
  // The product of the others: with one zero among them that of the rest for the zero, 0 for all else; with more, 0.
  gradient(g) {
    const x = g.inputs[0]!
    const dy = unreduce(g, g.grads[0]!)
    const axes = axesOf(g.inputs, g.attributes, 'ReduceProd')
    const one = scalarLike(x, 1)
    const isZero = equal(x, scalarLike(x, 0))
    const filled = where(isZero, one, x)
    const rest = apply(reduceProdOperator, [filled, integers(axes)], { keepdims: 1, noop_with_empty_axes: 1 })
    const zero = cast(isZero, x.dtype)
    const zeros = axes.length ? reduceSum(zero, axes, true) : zero
    const others = cast(equal(sub(zeros, zero), scalarLike(x, 0)), x.dtype)
    return [mul(mul(dy, others), div(rest, filled))]
  },
  kernel(k) {
    const x = k.inputs[0]!.data
    const out = k.outputs[0]!.data
    const to = writeTable(k)
    const product = multiplier(k.outputs[0]!.dtype)
    return () => {
      out.fill(1)
      for (let i = 0; i < x.length; i++) out[to[i]!] = product(out[to[i]!]!, x[i]!)
    }
  },
  flops: (inputs) => sizeOf(inputs[0]!.shape as number[]),
}

export const reduceNormOperators: readonly Operator[] = [
  reduceL1Operator,
  reduceL2Operator,
  reduceSumSquareOperator,
  reduceLogSumOperator,
  reduceLogSumExpOperator,
  reduceProdOperator,
]
