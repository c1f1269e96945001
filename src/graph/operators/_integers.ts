// Whole numbers of two inputs, as ONNX computes them: wrapping round, division towards zero.
// Source: ONNX Add, Sub, Mul, Div, Pow (opset 14 and 15); NumPy's integer arithmetic, which their tests are made with.
// Beyond 2^53 it refuses: float64 would round.

import { FrostglassError } from '../../errors.ts'
import type { KernelContext } from '../contract.ts'
import { wrapped } from '../plain/wrap.ts'
import type { DType } from '../tensor.ts'
import { planBinary } from './_broadcast.ts'

type Binary = (x: number, y: number, dtype: DType) => number

/** One loop for all of them: they run on sizes and labels, never in an inner product. */
export function integerBinary(k: KernelContext, what: string, of: Binary): () => void {
  const { a, b, out, n, tables } = planBinary(k)
  const { dtype } = k.outputs[0]!
  const step = () => {
    for (let i = 0; i < n; i++) {
      out[i] = of(a[tables ? tables.a[i]! : i]!, b[tables ? tables.b[i]! : i]!, dtype)
    }
  }
  return wrapped(step, k.outputs[0]!, what)
}

/** The product; of 32 bits its last 32, which float64 would round. */
export const integerMultiply: Binary = (x, y, dtype) => (dtype.endsWith('32') ? Math.imul(x, y) : x * y)

/** The quotient without its fraction. @throws FrostglassError `input` for a divisor of 0. */
export const integerDivide: Binary = (x, y) => {
  if (y !== 0) return Math.trunc(x / y)
  throw new FrostglassError('input', 'Div: an integer is divided by 0', 'Feed divisors other than 0.')
}

/** `x` to the power `y`; of a negative power without its fraction. */
export const integerPower: Binary = (x, y, dtype) => {
  if (!Number.isInteger(y) || y < 0 || dtype.endsWith('64')) return Math.trunc(x ** y)
  let power = 1
  let square = x
  for (let left = y; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = Math.imul(power, square)
    square = Math.imul(square, square)
  }
  return power
}
