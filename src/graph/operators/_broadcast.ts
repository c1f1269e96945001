// Broadcasting: where each output element reads its inputs, planned once; and its adjoint, summing back.
// Source: ONNX multidirectional broadcasting (the same as NumPy's).

import { FrostglassError } from '../../errors.ts'
import type { KernelContext, Value } from '../contract.ts'
import { formatShape, isUnknown, unify } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { apply, integers } from '../value.ts'
import { reduceSumOperator } from './reduce.ts'
import { reshapeLike } from './view.ts'

/** For each element of `to` in row-major order, the element of `from` that it reads. */
export function readTable(from: readonly number[], to: readonly number[]): Int32Array {
  const table = new Int32Array(sizeOf(to))
  const strides = new Array<number>(to.length).fill(0)
  let stride = 1
  for (let axis = from.length - 1; axis >= 0; axis--) {
    const size = from[axis]!
    if (size !== 1) strides[to.length - from.length + axis] = stride
    stride *= size
  }
  const at = new Array<number>(to.length).fill(0)
  let read = 0
  for (let i = 0; i < table.length; i++) {
    table[i] = read
    for (let axis = to.length - 1; axis >= 0; axis--) {
      at[axis] = at[axis]! + 1
      read += strides[axis]!
      if (at[axis]! < to[axis]!) break
      read -= strides[axis]! * to[axis]!
      at[axis] = 0
    }
  }
  return table
}

/** What the loops of a two-input elementwise kernel need; `tables` is undefined when no input broadcasts. */
export function planBinary(k: KernelContext) {
  const a = k.inputs[0]
  const b = k.inputs[1]
  const out = k.outputs[0]
  if (!a || !b || !out) throw new TypeError('a binary operator has two inputs and an output')
  const plain = a.data.length === out.data.length && b.data.length === out.data.length
  const tables = plain ? undefined : { a: readTable(a.shape, out.shape), b: readTable(b.shape, out.shape) }
  return { a: a.data, b: b.data, out: out.data, n: out.data.length, tables }
}

const mayBroadcast = (like: Value, axis: number): FrostglassError =>
  new FrostglassError(
    'unsupported',
    `the gradient by a value of shape ${formatShape(like.shape)} needs to know whether axis ${axis} is 1`,
    'Bind the free dimensions before taking gradients.',
  )

/** Sums `g` over the axes along which `like` was broadcast, so that it has the shape of `like`. */
export function sumTo(g: Value, like: Value): Value {
  const extra = g.shape.length - like.shape.length
  const axes: number[] = []
  g.shape.forEach((dim, axis) => {
    const own = axis < extra ? 1 : like.shape[axis - extra]
    if (own !== undefined && isUnknown(own) && typeof dim === 'number' && dim !== 1)
      throw mayBroadcast(like, axis - extra)
    if (own === 1 && dim !== 1) axes.push(axis)
    else if (axis < extra) axes.push(axis)
    else if (own === undefined || unify(own, dim) === undefined) {
      throw new FrostglassError(
        'shape',
        `a gradient of shape ${formatShape(g.shape)} cannot be summed to ${formatShape(like.shape)}`,
      )
    }
  })
  if (axes.length === 0) return g
  const summed = apply(reduceSumOperator, [g, integers(axes)], { keepdims: extra === 0 ? 1 : 0 })
  return summed.shape.length === like.shape.length ? summed : reshapeLike(summed, like)
}
