// What a number becomes in an element of each dtype: floats are rounded, integers wrap, a bool is 0 or 1.
// Source: ONNX IR specification (element types); IEEE 754-2019; two's complement.
// Integers must be exact in float64: what is beyond 2^53 − 1 is its caller's to refuse.

import { isHalf, roundHalf } from './halves.ts'
import { wrapper } from './integers.ts'
import { isNarrowFloat, roundNarrow } from './narrow.ts'
import type { DType } from './tensor.ts'

/**
 * The element of a dtype that a number becomes; undefined where it stays as it is (float64, and integers of 64 bits). One
 * sum, difference, product, quotient or root of elements, computed in float64, becomes what arithmetic of the dtype gives.
 */
export function elementOf(dtype: DType): ((v: number) => number) | undefined {
  if (dtype === 'float32') return Math.fround
  if (dtype === 'bool') return (v) => (v === 0 ? 0 : 1)
  if (isNarrowFloat(dtype)) return (v) => roundNarrow(v, dtype, false)
  return isHalf(dtype) ? (v) => roundHalf(v, dtype) : wrapper(dtype)
}
