// Whole numbers of two inputs where that is not what float64 gives: products, quotients, powers.
// Source: ONNX Mul, Div, Pow (opset 14 and 15); NumPy's integer arithmetic, which their tests are made with.
// Results are brought into their dtype after the kernel (plain/store.ts).

import { FrostglassError } from '../../errors.ts'
import type { KernelContext, Value } from '../contract.ts'
import { isRefusing, isWideInteger, multiplier } from '../integers.ts'
import type { DType } from '../tensor.ts'
import { scalarLike } from '../value.ts'
import { planBinary } from './_broadcast.ts'
import { equal, where } from './compare.ts'

/** One loop for all of them: they run on sizes and labels, never in an inner product. */
export function integerBinary(k: KernelContext, of: (x: number, y: number) => number): () => void {
  const { a, b, out, n, tables } = planBinary(k)
  return () => {
    for (let i = 0; i < n; i++) out[i] = of(a[tables ? tables.a[i]! : i]!, b[tables ? tables.b[i]! : i]!)
  }
}

/** The quotient without its fraction. @throws FrostglassError `input` for a divisor of 0. */
export function integerDivide(x: number, y: number): number {
  if (y === 0) refuseZero('Div')
  return Math.trunc(x / y)
}

/**
 * What is left of an integer: with its own sign, or with the divisor's.
 * @throws FrostglassError `input` for a divisor of 0.
 */
export function integerRemainder(truncates: boolean): (x: number, y: number) => number {
  return (x, y) => {
    if (y === 0) refuseZero('Mod')
    return truncates ? x % y : x - y * Math.floor(x / y)
  }
}

// Where an error would tell of what is fed there is none: what is no number becomes one by the dtype, or stays none.
function refuseZero(operator: string): void {
  if (!isRefusing()) return
  throw new FrostglassError('input', `${operator}: an integer is divided by 0`, 'Feed divisors other than 0.')
}

/**
 * A divisor with 1 in place of each −1, and where those are; undefined where none can be. The least integer by −1 is the one
 * quotient that processors do not have: ONNX Runtime asks for it, which ends the process.
 */
export function withoutMinusOne(b: Value): { turns: Value; divisor: Value } | undefined {
  if (b.dtype !== 'int32' && b.dtype !== 'int64') return undefined
  if (b.kind === 'constant' && !Array.from(b.tensor!.data, Number).includes(-1)) return undefined
  const turns = equal(b, scalarLike(b, -1))
  return { turns, divisor: where(turns, scalarLike(b, 1), b) }
}

/** Powers of integers: modulo 2^bits up to 32 bits; of a negative power without its fraction. */
export function integerPower(dtype: DType): (x: number, y: number) => number {
  if (isWideInteger(dtype)) return (x, y) => Math.trunc(x ** y)
  const times = multiplier(dtype)
  return (x, y) => {
    if (!Number.isInteger(y) || y < 0) return Math.trunc(x ** y)
    let power = 1
    let square = x
    for (let left = y; left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) power = times(power, square)
      square = times(square, square)
    }
    return power
  }
}
