// Linear operators on bytes: MatMulInteger, ConvInteger, QLinearMatMul, QLinearConv; and DynamicQuantizeLinear.
// Source: ONNX operators of these names (opset 10, 11, 21). Sums are exact; the quotient is rounded to the even neighbour.
// Forward only: training through them is an error. A zero point or a scale is one number, or one a row, column or filter.

import type { Attributes, Buffer, KernelContext, Operator, ValueInfo } from '../contract.ts'
import { info } from '../operator.ts'
import { sizeOf } from '../tensor.ts'
import { requireInputs, requireSameDtype } from './_check.ts'
import { convolutionAttributes } from './_window.ts'
import { convOperator } from './conv.ts'
import { matmulOperator } from './matmul.ts'
import { roundEven } from './rounding.ts'

type Inner = 'MatMul' | 'Conv'

const operatorOf = { MatMul: matmulOperator, Conv: convOperator } as const

/** The shape of the product of two tensors of bytes, as of floats. */
function productShape(inner: Inner, a: ValueInfo, b: ValueInfo, attributes: Attributes, what: string) {
  const asFloat = (v: ValueInfo) => info('float32', v.shape)
  return operatorOf[inner].infer([asFloat(a), asFloat(b)], attributes, what)[0]!.shape
}

/** Which of a short list of numbers goes with each element: by row of a matrix, by column, or by filter. */
function sharer(
  x: Buffer,
  list: Buffer | undefined,
  along: 'row' | 'column' | 'filter',
): (i: number) => number {
  const count = list?.data.length ?? 1
  if (count === 1) return () => 0
  // A list with as many axes as the tensor has one number a row (or column) of every matrix.
  const columns = x.shape.at(-1) ?? 1
  if (along === 'filter') {
    const inner = sizeOf(x.shape.slice(1))
    return (i) => Math.floor(i / inner)
  }
  const rows = x.shape.at(-2) ?? 1
  if (along === 'row') return (i) => Math.floor(i / columns) % count
  return (i) => (Math.floor(i / (columns * rows)) * columns + (i % columns)) % count
}

/** Plans `x` without its zero point, in a buffer of its own. */
function centred(x: Buffer, zero: Buffer | undefined, along: 'row' | 'column' | 'filter') {
  const data = new Float64Array(x.data.length)
  const share = sharer(x, zero, along)
  const step = () => {
    for (let i = 0; i < data.length; i++) data[i] = x.data[i]! - (zero ? zero.data[share(i)]! : 0)
  }
  return { buffer: { data, shape: x.shape, dtype: 'float64' } as Buffer, step }
}

/** Plans the product of both without their zero points, into `out`. */
function product(
  inner: Inner,
  [a, aZero, b, bZero]: readonly (Buffer | undefined)[],
  out: Buffer,
  k: KernelContext,
): () => void {
  const left = centred(a!, aZero, 'row')
  const right = centred(b!, bZero, inner === 'Conv' ? 'filter' : 'column')
  const multiply = operatorOf[inner].kernel!({ ...k, inputs: [left.buffer, right.buffer], outputs: [out] })
  return () => {
    left.step()
    right.step()
    multiply()
  }
}

const ranges: Readonly<Record<string, readonly [number, number]>> = { int8: [-128, 127], uint8: [0, 255] }

/** A number in the range of a byte; NaN, which no byte is, as 0. */
const saturated = (x: number, [low, high]: readonly [number, number]): number =>
  Number.isNaN(x) ? 0 : Math.min(Math.max(x, low), high)

const integerOperator = (name: string, inner: Inner): Operator => ({
  name,
  ...(inner === 'Conv' ? { attributes: convolutionAttributes } : {}),
  infer(inputs, attributes, what) {
    const [a, b] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    return [info('int32', productShape(inner, a, b, attributes, what))]
  },
  kernel(k) {
    const [a, b, aZero, bZero] = k.inputs
    return product(inner, [a, aZero, b, bZero], k.outputs[0]!, k)
  },
  flops: (inputs, outputs, attributes) => operatorOf[inner].flops!(inputs, outputs, attributes),
})

export const matMulIntegerOperator = integerOperator('MatMulInteger', 'MatMul')
export const convIntegerOperator = integerOperator('ConvInteger', 'Conv')

// Inputs: a, its scale and zero point, b, its scale and zero point, the result's scale and zero point, a bias (Conv).
const quantisedOperator = (name: string, inner: Inner): Operator => ({
  name,
  ...(inner === 'Conv' ? { attributes: convolutionAttributes } : {}),
  infer(inputs, attributes, what) {
    const all = requireInputs(inputs, 8, what)
    const [a, aZero, b, bZero, zero] = [all[0]!, all[2]!, all[3]!, all[5]!, all[7]!]
    requireSameDtype(a, aZero, what)
    requireSameDtype(b, bZero, what)
    return [info(zero.dtype, productShape(inner, a, b, attributes, what))]
  },
  kernel(k) {
    const [a, aScale, aZero, b, bScale, bZero, scale, zero, bias] = k.inputs
    const y = k.outputs[0]!
    const sums: Buffer = { data: new Float64Array(y.data.length), shape: y.shape, dtype: 'float64' }
    const step = product(inner, [a, aZero, b, bZero], sums, k)
    const range = ranges[y.dtype] ?? ranges['uint8']!
    const inChannel = sizeOf(y.shape.slice(2))
    const channel = (i: number) => Math.floor(i / inChannel) % y.shape[1]!
    const isConv = inner === 'Conv'
    const left = isConv ? () => 0 : sharer(y, aScale, 'row')
    const perChannel = bScale!.data.length > 1 ? channel : () => 0
    const right = isConv ? perChannel : sharer(y, bScale, 'column')
    return () => {
      step()
      for (let i = 0; i < y.data.length; i++) {
        const sum = sums.data[i]! + (bias ? bias.data[channel(i)]! : 0)
        const factor = (aScale!.data[left(i)]! * bScale!.data[right(i)]!) / scale!.data[0]!
        y.data[i] = saturated(roundEven(sum * factor) + zero!.data[0]!, range)
      }
    }
  },
  flops: (inputs, outputs, attributes) =>
    operatorOf[inner].flops!([inputs[0], inputs[3]], outputs, attributes),
})

export const qLinearMatMulOperator = quantisedOperator('QLinearMatMul', 'MatMul')
export const qLinearConvOperator = quantisedOperator('QLinearConv', 'Conv')

export const dynamicQuantizeLinearOperator: Operator = {
  name: 'DynamicQuantizeLinear',
  infer(inputs, _, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    return [info('uint8', x.shape), info('float32', []), info('uint8', [])]
  },
  kernel({ inputs: [x], outputs: [y, scale, zero] }) {
    const from = x!.data
    const range = ranges['uint8']!
    return () => {
      let [low, high] = [0, 0]
      for (let i = 0; i < from.length; i++) {
        low = Math.min(low, from[i]!)
        high = Math.max(high, from[i]!)
      }
      // In float32, as the specification counts. Nothing but zeros has the step 1.
      const step = high === low ? 1 : Math.fround(Math.fround(high - low) / 255)
      const origin = saturated(roundEven(Math.fround(-low / step)), range)
      scale!.data[0] = step
      zero!.data[0] = origin
      for (let i = 0; i < from.length; i++) {
        y!.data[i] = saturated(roundEven(Math.fround(from[i]! / step)) + origin, range)
      }
    }
  },
}

export const quantisedLinearOperators: readonly Operator[] = [
  matMulIntegerOperator,
  convIntegerOperator,
  qLinearMatMulOperator,
  qLinearConvOperator,
  dynamicQuantizeLinearOperator,
]
