// Concrete tensors: a dtype, a shape and a typed array in row-major order. What crosses the engine's border.
// Source: ONNX's tensor types, as far as we compute with them.
// It does not copy: the array given is the array kept.

/** Element types. `float16`, `uint8`, `int8` and `string` come with imported models; only the native executor computes in them. */
export type DType =
  | 'float32'
  | 'float64'
  | 'int64'
  | 'int32'
  | 'bool'
  | 'float16'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'uint64'
  | 'string'

/** Arrays that can stand behind a tensor. A `float16` is kept as its 16 bits. */
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
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
} as const

/** The typed array constructor of a dtype. @throws TypeError for `string`, which no array of ours holds. */
export function arrayOf(dtype: DType): (typeof arrays)[keyof typeof arrays] {
  if (dtype === 'string') throw new TypeError('string tensors have no typed array')
  return arrays[dtype]
}

/** True for the dtypes that a gradient can flow through. */
export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64' || dtype === 'float16'
}

/** Number of elements of a concrete shape. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1
  for (const dim of shape) size *= dim
  return size
}

/**
 * A tensor from numbers or from a typed array of the right kind (kept, not copied).
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

/** A fresh typed array of `dtype` with these values: integers are truncated, booleans are 0 or 1. */
export function convert(values: ArrayLike<number | bigint>, dtype: DType): TensorData {
  const out = new (arrayOf(dtype))(values.length)
  if (out instanceof BigInt64Array || out instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) out[i] = BigInt(values[i]!)
  } else if (dtype === 'bool') {
    for (let i = 0; i < values.length; i++) out[i] = Number(values[i]) === 0 ? 0 : 1
  } else if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) out[i] = Number(values[i])
  } else out.set(values as ArrayLike<number>)
  return out
}

/** The elements as float64 (a copy unless they are already). int64 beyond 2^53 loses its last bits. */
export function toFloat64(t: Tensor): Float64Array {
  return t.data instanceof Float64Array ? t.data : (convert(t.data, 'float64') as Float64Array)
}
