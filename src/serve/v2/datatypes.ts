// The protocol's element types, and a tensor on its way between a body and the runtime.
// Source: "Tensor Data Types" of the Open Inference Protocol (KServe V2); BF16 as Triton has it.
// Little-endian machines only, as ONNX Runtime itself.

/**
 * ONNX Runtime's name of each type, and bytes an element as it lies in memory here (0: each has its own length).
 * BF16 lies as float32, since the runtime for JavaScript has no elements of it: see modelEnds.ts.
 */
export const datatypes = {
  BOOL: { runtime: 'bool', size: 1 },
  UINT8: { runtime: 'uint8', size: 1 },
  UINT16: { runtime: 'uint16', size: 2 },
  UINT32: { runtime: 'uint32', size: 4 },
  UINT64: { runtime: 'uint64', size: 8 },
  INT8: { runtime: 'int8', size: 1 },
  INT16: { runtime: 'int16', size: 2 },
  INT32: { runtime: 'int32', size: 4 },
  INT64: { runtime: 'int64', size: 8 },
  FP16: { runtime: 'float16', size: 2 },
  FP32: { runtime: 'float32', size: 4 },
  FP64: { runtime: 'float64', size: 8 },
  BF16: { runtime: 'float32', size: 4 },
  BYTES: { runtime: 'string', size: 0 },
} as const

/** An element type by the protocol's name. */
export type Datatype = keyof typeof datatypes

/**
 * A tensor on its way: elements row-major and little-endian; of BYTES each text as UTF-8 behind its length, four bytes, so that no
 * thread has to be handed texts one by one.
 */
export interface WireTensor {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly data: ArrayBuffer
}

/** The protocol's name of a type of ONNX Runtime (never BF16); undefined for one that the protocol lacks. */
export function datatypeOf(runtime: string): Datatype | undefined {
  return (Object.keys(datatypes) as Datatype[]).find((name) => datatypes[name].runtime === runtime)
}

/** Arrays of the elements as they lie in memory; halves as their 16 bits. */
export const views = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
  BF16: Float32Array,
} as const

/** Elements of a shape. Infinite when beyond what a number counts exactly. */
export function elementsOf(shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1)
  return Number.isSafeInteger(count) ? count : Number.POSITIVE_INFINITY
}
