// The protocol's element types, and tensors of them as bytes or as JSON, both ways.
// Source: "Tensor Data Types" and "Binary Tensor Data Extension" of the Open Inference Protocol (KServe V2).
// Little-endian machines only, as ONNX Runtime itself. JSON holds neither NaN nor infinities nor FP16: binary does.

import { prefixedTexts } from '../../data/prefixedTexts.ts'
import { Refusal } from './refusal.ts'

/** ONNX Runtime's name of each type, and bytes an element (0: each has its own length). */
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
  BYTES: { runtime: 'string', size: 0 },
} as const

/** An element type by the protocol's name. */
export type Datatype = keyof typeof datatypes

/** A tensor on its way: elements row-major and little-endian, or strings for BYTES. */
export interface WireTensor {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly data: ArrayBuffer | readonly string[]
}

/** The protocol's name of a type of ONNX Runtime; undefined for one that the protocol lacks. */
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
} as const

const ranges: Partial<Record<Datatype, readonly [number, number]>> = {
  UINT8: [0, 0xff],
  UINT16: [0, 0xffff],
  UINT32: [0, 0xffff_ffff],
  UINT64: [0, Number.MAX_SAFE_INTEGER],
  INT8: [-0x80, 0x7f],
  INT16: [-0x8000, 0x7fff],
  INT32: [-0x8000_0000, 0x7fff_ffff],
  INT64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
}

/**
 * Elements from JSON, flat or nested.
 * @param count how many the shape says; checked before anything is allocated
 * @throws Refusal 400 for another number of elements, a value that the type cannot hold, or FP16
 */
export function fromJson(
  name: string,
  datatype: Datatype,
  values: readonly unknown[],
  shape: readonly number[],
): WireTensor['data'] {
  const count = elementsOf(shape)
  if (datatype === 'FP16') {
    throw new Refusal(400, `input '${name}': JSON has no FP16; send it as binary data`)
  }
  const flat = Array.isArray(values[0]) ? flatten(name, values, shape) : values
  if (flat.length !== count) {
    throw new Refusal(
      400,
      `input '${name}': shape [${shape}] holds ${count} elements, but data has ${flat.length}`,
    )
  }
  const wrong = (i: number, expected: string) =>
    new Refusal(400, `input '${name}': element ${i} of data is not ${expected}`)
  if (datatype === 'BYTES') {
    flat.forEach((value, i) => {
      if (typeof value !== 'string') throw wrong(i, 'a string')
    })
    return flat as string[]
  }
  const out = new views[datatype](count)
  const range = ranges[datatype]
  for (let i = 0; i < count; i++) {
    const value = flat[i]
    if (datatype === 'BOOL') {
      if (typeof value !== 'boolean' && value !== 0 && value !== 1) throw wrong(i, 'true or false')
      out[i] = Number(value)
    } else if (typeof value !== 'number') throw wrong(i, 'a number')
    else if (range === undefined) {
      out[i] = value
      if (!Number.isFinite(out[i] as number)) throw wrong(i, `within the range of ${datatype}`)
    } else if (!Number.isInteger(value) || value < range[0] || value > range[1]) {
      throw wrong(i, `a whole number from ${range[0]} to ${range[1]}; binary data holds all of ${datatype}`)
    } else if (out instanceof BigInt64Array || out instanceof BigUint64Array) out[i] = BigInt(value)
    else out[i] = value
  }
  return out.buffer
}

function flatten(name: string, values: readonly unknown[], shape: readonly number[]): unknown[] {
  const flat: unknown[] = []
  const walk = (part: unknown, depth: number) => {
    if (depth === shape.length) {
      flat.push(part)
      return
    }
    if (!Array.isArray(part) || part.length !== shape[depth]) {
      throw new Refusal(400, `input '${name}': nested data does not have the shape [${shape}]`)
    }
    for (const item of part) walk(item, depth + 1)
  }
  walk(values, 0)
  return flat
}

/**
 * Elements from bytes, copied: the answer is aligned and owns its memory.
 * @throws Refusal 400 for a number of bytes that does not fit the shape
 */
export function fromBinary(
  name: string,
  datatype: Datatype,
  bytes: Uint8Array,
  shape: readonly number[],
): WireTensor['data'] {
  const count = elementsOf(shape)
  if (datatype === 'BYTES') return readStrings(name, bytes, count, shape)
  const expected = count * datatypes[datatype].size
  if (bytes.length !== expected) {
    throw new Refusal(
      400,
      `input '${name}': ${datatype} [${shape}] takes ${expected} bytes, but binary data has ${bytes.length}`,
    )
  }
  const copy = new Uint8Array(bytes.length)
  copy.set(bytes)
  return copy.buffer
}

function readStrings(name: string, bytes: Uint8Array, count: number, shape: readonly number[]): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const strings: string[] = []
  let at = 0
  while (at < bytes.length) {
    const end = at + 4 <= bytes.length ? at + 4 + view.getUint32(at, true) : Number.POSITIVE_INFINITY
    if (end > bytes.length) {
      throw new Refusal(400, `input '${name}': element ${strings.length} of its BYTES is cut short`)
    }
    try {
      strings.push(decoder.decode(bytes.subarray(at + 4, end)))
    } catch {
      throw new Refusal(400, `input '${name}': element ${strings.length} of its BYTES is not UTF-8`)
    }
    at = end
  }
  if (strings.length !== count) {
    throw new Refusal(
      400,
      `input '${name}': BYTES [${shape}] holds ${count} elements, but binary data has ${strings.length}`,
    )
  }
  return strings
}

/** The bytes of a tensor as the binary extension sends them. */
export function toBinary(tensor: WireTensor): Uint8Array {
  return tensor.data instanceof ArrayBuffer ? new Uint8Array(tensor.data) : prefixedTexts(tensor.data)
}

/**
 * The elements of a tensor for JSON, flat.
 * @throws Refusal 400 for what JSON cannot hold: FP16, a number that is not finite, a whole number beyond 2^53
 */
export function toJson({ name, datatype, data }: WireTensor): unknown[] {
  if (!(data instanceof ArrayBuffer)) return [...data]
  const binary = `ask for it as binary data ("parameters": {"binary_data": true})`
  if (datatype === 'FP16') throw new Refusal(400, `output '${name}': JSON has no FP16; ${binary}`)
  const elements = new views[datatype as Exclude<Datatype, 'BYTES' | 'FP16'>](data)
  if (datatype === 'BOOL') return Array.from(elements as Uint8Array, (value) => value !== 0)
  const numbers = Array.from(elements as Float64Array, Number)
  const fits = datatype === 'INT64' || datatype === 'UINT64' ? Number.isSafeInteger : Number.isFinite
  if (!numbers.every(fits)) {
    throw new Refusal(400, `output '${name}' has a ${datatype} that JSON cannot hold; ${binary}`)
  }
  return numbers
}

/** Elements of a shape. Infinite when beyond what a number counts exactly. */
export function elementsOf(shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1)
  return Number.isSafeInteger(count) ? count : Number.POSITIVE_INFINITY
}
