// Arrays as bytes of NumPy's format, as Flower sends them.
// Source: NumPy enhancement proposal 1, version 1.0; what `numpy.save` writes, to the byte.
// Little-endian numbers alone: no pickles, no texts, no records. Column-major arrays are read, and written row-major.

import { npyHeader, npyMagic, parseNpyHeader } from '../../data/npyHeader.ts'
import { FrostglassError } from '../../errors.ts'
import { arrayOf, type DType, sizeOf, type Tensor, type TensorData } from '../../graph/tensor.ts'

/** NumPy's names of the dtypes that are sent. */
const codes = {
  float32: '<f4',
  float64: '<f8',
  float16: '<f2',
  int64: '<i8',
  int32: '<i4',
  int16: '<i2',
  int8: '|i1',
  uint64: '<u8',
  uint32: '<u4',
  uint16: '<u2',
  uint8: '|u1',
  bool: '|b1',
} as const satisfies Partial<Record<DType, string>>

/** Axes of an array, as many as NumPy 1 has. */
export const mostRank = 32

/** What an array of a fleet may be made of. */
export type ArrayDType = keyof typeof codes

/** Whether arrays of a fleet may be of this dtype. */
export const isArrayDType = (dtype: string): dtype is ArrayDType => Object.hasOwn(codes, dtype)

/** A tensor as a file's bytes. @throws FrostglassError 'unsupported' for a dtype that NumPy has not */
export function encodeNpy({ dtype, shape, data }: Tensor): Uint8Array {
  if (!isArrayDType(dtype)) throw unsupported(dtype)
  const header = npyHeader(codes[dtype], shape)
  const begin = header.length
  const out = new Uint8Array(begin + data.byteLength)
  out.set(header)
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), begin)
  return out
}

/**
 * Reads a file's bytes. Nothing is allocated before the shape is held against the number of bytes.
 * @throws FrostglassError 'input' for what is none or damaged, 'unsupported' for other dtypes
 */
export function decodeNpy(bytes: Uint8Array): Tensor {
  if (bytes.length < 10 || npyMagic.some((byte, i) => bytes[i] !== byte) || bytes[6] !== 1)
    throw damaged('it is not NumPy’s format, version 1')
  const begin = 10 + bytes[8]! + 256 * bytes[9]!
  if (begin > bytes.length) throw damaged('its header is cut short')
  const { dtype, columnMajor, shape } = parseHeader(
    new TextDecoder('latin1').decode(bytes.subarray(10, begin)),
  )
  const kind = arrayOf(dtype)
  const size = sizeOf(shape)
  if (!Number.isSafeInteger(size) || bytes.length - begin !== size * kind.BYTES_PER_ELEMENT)
    throw damaged(`its header says [${shape}] of ${dtype}, and it has ${bytes.length - begin} bytes`)
  // A copy: the bytes lie at any offset, and a typed array wants its own multiple.
  const data = new kind(bytes.slice(begin).buffer)
  return { dtype, shape, data: columnMajor ? rowMajor(data, shape) : data }
}

function parseHeader(text: string): { dtype: ArrayDType; columnMajor: boolean; shape: readonly number[] } {
  const header = parseNpyHeader(text)
  if (header === undefined) throw damaged('its header is not as NumPy writes it')
  const { descr, columnMajor, shape } = header
  const dtype = (Object.keys(codes) as ArrayDType[]).find((name) => codes[name] === descr)
  if (dtype === undefined) throw unsupported(descr)
  if (shape.length > mostRank) throw damaged(`it has more than ${mostRank} axes`)
  return { dtype, columnMajor, shape }
}

/** The same numbers with the last axis the fastest. */
function rowMajor(data: TensorData, shape: readonly number[]): TensorData {
  // An axis of one changes nothing, and of the others a number's step takes two looks on average.
  const dims = shape.filter((dim) => dim !== 1)
  if (dims.length < 2) return data
  const steps = dims.map((_, axis) => sizeOf(dims.slice(0, axis)))
  const out = data.slice()
  const at = new Array<number>(dims.length).fill(0)
  for (let i = 0, from = 0; i < out.length; i++) {
    out[i] = data[from]!
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      at[axis]! += 1
      from += steps[axis]!
      if (at[axis]! < dims[axis]!) break
      from -= steps[axis]! * dims[axis]!
      at[axis] = 0
    }
  }
  return out
}

const damaged = (why: string): FrostglassError =>
  new FrostglassError('input', `an array of the server: ${why}`, 'Send arrays as `numpy.save` writes them.')

const unsupported = (dtype: string): FrostglassError =>
  new FrostglassError(
    'unsupported',
    `arrays of '${dtype}' are not sent in a fleet`,
    `Send one of ${Object.values(codes).join(', ')}.`,
  )
