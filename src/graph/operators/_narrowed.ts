// Float8, float4 and integers of 4 and 2 bits for the native executor: in wider dtypes, brought to their numbers by other operators.
// Source: narrow.ts for the numbers; ONNX Cast (opset 25) for what is too large. ONNX Runtime's binding has no tensors of them.
// Every step is exact in the dtype that it is computed in, but for the logarithm, which is put right by comparison.

import type { Value } from '../contract.ts'
import { formatOf, isNarrowFloat, type NarrowFloat, type NarrowInteger, rangeOfNarrow } from '../narrow.ts'
import { type DType, isFloat } from '../tensor.ts'
import { apply, constant, scalarLike } from '../value.ts'
import { add, div, min, mul, sub } from './arithmetic.ts'
import { modOperator } from './bits.ts'
import { cast } from './cast.ts'
import { and, greater, greaterOrEqual, less, or, where } from './compare.ts'
import { abs, clip, log, reciprocal } from './elementwise.ts'
import { gather } from './gather.ts'
import { floorOperator, isNanOperator, roundOperator } from './rounding.ts'

/** The dtype that holds the numbers of a narrow one natively. */
export function carrierOf(dtype: NarrowFloat | NarrowInteger): DType {
  if (isNarrowFloat(dtype)) return 'float32'
  return rangeOfNarrow(dtype)[0] < 0 ? 'int8' : 'uint8'
}

/** `x` brought to the numbers of a narrow dtype, in the dtype that carries it. */
export const narrowed = (x: Value, to: NarrowFloat | NarrowInteger, saturate: boolean): Value =>
  isNarrowFloat(to) ? narrowedFloat(x, to, saturate) : narrowedInteger(x, to)

/** Integers modulo 2^bits; a float is cut off to an int32 first. */
function narrowedInteger(x: Value, to: NarrowInteger): Value {
  const whole = cast(isFloat(x.dtype) ? cast(x, 'int32') : x, 'int64')
  const [low, high] = rangeOfNarrow(to)
  const shift = scalarLike(whole, -low)
  const rest = apply(modOperator, [add(whole, shift), scalarLike(whole, high - low + 1)])
  return cast(sub(rest, shift), carrierOf(to))
}

function narrowedFloat(given: Value, to: NarrowFloat, saturate: boolean): Value {
  const { fraction, low, high, largest, overflow, nan, unsigned } = formatOf(to)
  const x =
    given.dtype === 'float64' || !isFloat(given.dtype) ? cast(given, 'float64') : cast(given, 'float32')
  const number = (v: number) => scalarLike(x, v)
  const isNone = apply(isNanOperator, [x])
  // Beyond twice the largest all is the same.
  const size = min(where(isNone, number(0), abs(x)), number(2 * largest))
  const held = (e: Value) => clip(e, low, high)
  const guess = held(apply(floorOperator, [mul(log(size), number(1 / Math.LN2))]))
  const powers = constant(
    Array.from({ length: high - low + 2 }, (_, i) => 2 ** (low + i)),
    [high - low + 2],
    x.dtype,
  )
  const power = (e: Value) => gather(powers, cast(sub(e, number(low)), 'int64'))
  const tooHigh = cast(less(size, power(guess)), x.dtype)
  const tooLow = cast(greaterOrEqual(size, power(add(guess, number(1)))), x.dtype)
  const exponent = held(add(sub(guess, tooHigh), tooLow))
  const step = mul(power(exponent), number(2 ** -fraction))
  const rounded = mul(apply(roundOperator, [div(size, step)]), step)
  const saturates = saturate || overflow === largest
  const most = where(greater(rounded, number(largest)), number(saturates ? largest : overflow), rounded)
  // Of −0 the reciprocal is −∞, of −∞ it is no less than 0.
  const below = or(less(x, number(0)), less(reciprocal(x), number(0)))
  const negative = unsigned ? and(below, greater(most, number(0))) : below
  // As a factor: the runtime's Where loses the sign of a zero.
  const sign = where(negative, number(-1), number(1))
  const factor = where(isNone, number(Number.isNaN(nan) ? nan : -1), sign)
  return cast(mul(most, factor), 'float32')
}
