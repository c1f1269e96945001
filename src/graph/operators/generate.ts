// Tensors out of nothing, which imported models compute shapes with: Range, ConstantOfShape.
// Source: ONNX Range (opset 11), ConstantOfShape (opset 9).
// The plain executor needs the bounds of a Range to be integers that are known before a run.

import type { Operator, ValueInfo } from '../contract.ts'
import { elementOf } from '../elements.ts'
import { isInteger } from '../integers.ts'
import { info } from '../operator.ts'
import { contentLimit, type Dim, unknownDim } from '../shape.ts'
import { type Tensor, toFloat64 } from '../tensor.ts'
import { requireInputs } from './_check.ts'
import { shapeSaidBy } from './view.ts'

/** The numbers of a range, if they are few enough to be sizes: how many there are, a file says at will. */
const countsOf = ({ dtype }: ValueInfo, size: number, from: number, step: number): number[] | undefined =>
  size <= contentLimit && isInteger(dtype)
    ? Array.from({ length: size }, (_, i) => from + i * step)
    : undefined

/** The number of a scalar that is known: integers as sizes are, floats of a constant that this is applied to. */
function numberOf(v: ValueInfo & { tensor?: Tensor | undefined }): Dim | undefined {
  return v.content?.[0] ?? (v.tensor && toFloat64(v.tensor)[0])
}

export const rangeOperator: Operator = {
  name: 'Range',
  infer(inputs, _, what) {
    const [start, limit, delta] = requireInputs(inputs, 3, what) as [ValueInfo, ValueInfo, ValueInfo]
    const [from, to, step] = [start, limit, delta].map(numberOf)
    if (from === 0 && step === 1 && to !== undefined) {
      if (typeof to !== 'number') return [info(start.dtype, [to])]
      const count = Math.max(0, Math.ceil(to))
      return [info(start.dtype, [count], countsOf(start, count, 0, 1))]
    }
    if (typeof from !== 'number' || typeof to !== 'number' || typeof step !== 'number')
      return [info(start.dtype, [unknownDim()])]
    const span = isInteger(start.dtype) ? to - from : (elementOf(start.dtype)?.(to - from) ?? to - from)
    const size = Math.max(0, Math.ceil(span / step))
    return [info(start.dtype, [size], countsOf(start, size, from, step))]
  },
  gradient: 'none',
  kernel({ inputs: [start, , delta], outputs: [y] }) {
    const from = start!.data
    const step = delta!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = from[0]! + i * step[0]!
    }
  },
}

export const constantOfShapeOperator: Operator = {
  name: 'ConstantOfShape',
  attributes: { value: 'tensor' },
  infer(inputs, attributes, what) {
    const [wanted] = requireInputs(inputs, 1, what) as [ValueInfo]
    const value = attributes['value'] as Tensor | undefined
    const shape = shapeSaidBy(wanted)
    const size = shape.length === 1 ? shape[0] : undefined
    const content =
      value?.dtype === 'int64' && typeof size === 'number' && size <= 64
        ? Array.from({ length: size }, () => Number(value.data[0]))
        : undefined
    return [info(value?.dtype ?? 'float32', shape, content)]
  },
  gradient: 'none',
  kernel({ outputs: [y], attributes }) {
    const value = attributes['value'] as Tensor | undefined
    const fill = value ? toFloat64(value)[0]! : 0
    return () => void y!.data.fill(fill)
  },
}

export const generateOperators: readonly Operator[] = [rangeOperator, constantOfShapeOperator]
