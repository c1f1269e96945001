// Concrete tensors: a dtype, a shape and a typed array in row-major order. What crosses the engine's border.
// Source: ONNX's tensor types, as far as we compute with them.
// It does not copy: the array given is the array kept.

import { FrostglassError } from '../errors.ts'
import { decodeHalves, isHalf } from './halves.ts'
import {
  decodeCode,
  encodeCoded,
  isCoded,
  isNarrowInteger,
  type NarrowFloat,
  type NarrowInteger,
  wrapNarrow,
} from './narrow.ts'

/** Element types. All but `float32`, `float64`, `int64`, `int32` and `bool` come with imported models alone. */
export type DType =
  | 'float32'
  | 'float64'
  | 'int64'
  | 'int32'
  | 'bool'
  | 'float16'
  | 'bfloat16'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'uint64'
  | 'string'
  | NarrowFloat
  | NarrowInteger

/**
 * Arrays that can stand behind a tensor. A `float16` and a `bfloat16` are kept as their 16 bits, floats of 8 and 4 bits as their
 * codes, a byte each; integers of 4 and 2 bits as themselves.
 */
export type TensorData =
  | Float64Array
  | Float32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array

/** A concrete tensor, row-major. */
export interface Tensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: TensorData
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  int32: Int32Array,
  bool: Uint8Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float8e4m3fn: Uint8Array,
  float8e4m3fnuz: Uint8Array,
  float8e5m2: Uint8Array,
  float8e5m2fnuz: Uint8Array,
  float4e2m1: Uint8Array,
  uint4: Uint8Array,
  int4: Int8Array,
  uint2: Uint8Array,
  int2: Int8Array,
} as const

/** The typed array constructor of a dtype. @throws TypeError for `string`, which no array of ours holds. */
export function arrayOf(dtype: DType): (typeof arrays)[keyof typeof arrays] {
  if (dtype === 'string') throw new TypeError('string tensors have no typed array')
  return arrays[dtype]
}

/** True for the dtypes that a gradient can flow through. */
export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64' || isHalf(dtype)
}

/** Number of elements of a concrete shape. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1
  for (const dim of shape) size *= dim
  return size
}

/**
 * A tensor from numbers or from a typed array of the right kind (kept, not copied). A `Uint16Array` for a `float16` or
 * `bfloat16`, and a `Uint8Array` for a float of 8 or 4 bits, is taken as their bits, anything else as numbers.
 * @throws RangeError when the length is not the product of the shape.
 * @example tensor([1, 2, 3, 4], [2, 2]) // float32
 */
export function tensor(
  values: ArrayLike<number> | TensorData,
  shape: readonly number[],
  dtype: DType = 'float32',
): Tensor {
  const expected = sizeOf(shape)
  if (values.length !== expected) {
    throw new RangeError(`a tensor of shape [${shape}] holds ${expected} elements, but ${values.length} came`)
  }
  const kind = arrayOf(dtype)
  if (values instanceof kind) return { dtype, shape, data: values }
  return { dtype, shape, data: convert(values, dtype) }
}

/**
 * A fresh typed array of `dtype` with these numbers: integers are truncated, booleans are 0 or 1, halves and narrower floats
 * are rounded. Their bits are no numbers: `toFloat64` reads them.
 * @throws FrostglassError `input` for what no 64-bit integer is (NaN, an infinity).
 */
export function convert(values: ArrayLike<number | bigint>, dtype: DType): TensorData {
  if (isCoded(dtype)) return encodeCoded(values, dtype)
  const out = new (arrayOf(dtype))(values.length)
  if (out instanceof BigInt64Array || out instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) out[i] = wholeNumber(values[i]!, dtype)
  } else if (dtype === 'bool') {
    for (let i = 0; i < values.length; i++) out[i] = Number(values[i]) === 0 ? 0 : 1
  } else if (isNarrowInteger(dtype)) {
    for (let i = 0; i < values.length; i++) out[i] = wrapNarrow(Number(values[i]), dtype)
  } else if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) out[i] = Number(values[i])
  } else out.set(values as ArrayLike<number>)
  return out
}

function wholeNumber(v: number | bigint, dtype: DType): bigint {
  if (typeof v === 'bigint') return v
  // 2^63 − 1, of which files make much use, is 2^63 as a number.
  if (Number.isFinite(v)) {
    const whole = BigInt(Math.trunc(v))
    const most = dtype === 'int64' ? 2n ** 63n : 2n ** 64n
    return whole === most ? most - 1n : whole
  }
  throw new FrostglassError('input', `${v} is no ${dtype}`, 'Give whole numbers.')
}

/** The elements as float64 (a copy unless they are already). int64 beyond 2^53 loses its last bits. */
export function toFloat64(t: Tensor): Float64Array {
  if (t.data instanceof Float64Array) return t.data
  const { dtype, data } = t
  if (isHalf(dtype)) return decodeHalves(data as Uint16Array, dtype)
  if (isCoded(dtype)) return Float64Array.from(data as Uint8Array, (code) => decodeCode(code, dtype))
  return convert(data, 'float64') as Float64Array
}

/** A tensor's numbers in a dtype: itself when its array is of that dtype already. */
export function inDtype(t: Tensor, dtype: DType): Tensor {
  if (t.dtype === dtype) return t
  if (isCoded(t.dtype)) return { dtype, shape: t.shape, data: convert(toFloat64(t), dtype) }
  const asItLies = !isCoded(dtype) && !isNarrowInteger(dtype)
  if (asItLies && t.data instanceof arrayOf(dtype)) return { dtype, shape: t.shape, data: t.data }
  return { dtype, shape: t.shape, data: convert(t.data, dtype) }
}
