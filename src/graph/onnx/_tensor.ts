// Reads a TensorProto: raw or typed contents, or a part of a file beside the model.
// Source: onnx.proto, TensorProto; "External data" of the IR specification.
// Sizes are checked against the bytes at hand, and external names may not leave the model's folder.

import { FrostglassError } from '../../errors.ts'
import { elementsPerByte, isNarrow, unpacked } from '../narrow.ts'
import { dtypeOfOnnx } from '../operators/cast.ts'
import { arrayOf, convert, type DType, type Tensor, type TensorData } from '../tensor.ts'
import { type TensorProto, TensorProto_DataLocation } from './onnx_pb.js'

/** Contents by relative file name. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array>

const mostDimensions = 64

/** @throws FrostglassError `input` when contents and dims disagree; `unsupported` for strings and rare types. */
export function readTensor(proto: TensorProto, file: string, external: ExternalFiles): Tensor {
  const what = `${file}: tensor '${proto.name}'`
  if (proto.dims.length > mostDimensions) {
    throw new FrostglassError(
      'input',
      `${what} has ${proto.dims.length} dimensions`,
      'Do not trust this model.',
    )
  }
  const dtype = dtypeOfOnnx(proto.dataType, what)
  const shape = proto.dims.map(Number)
  const size = shape.reduce((product, dim) => product * dim, 1)
  if (!Number.isSafeInteger(size) || shape.some((d) => d < 0)) {
    throw new FrostglassError(
      'input',
      `${what} claims the shape [${shape}]`,
      'Copy or export the model again: it is damaged.',
    )
  }
  if (dtype === 'string') throw new FrostglassError('unsupported', `${what} holds strings`)
  const raw =
    proto.dataLocation === TensorProto_DataLocation.EXTERNAL
      ? externalBytes(proto, what, external)
      : proto.rawData
  if (raw.length > 0 || size === 0) return { dtype, shape, data: fromBytes(raw, dtype, size, what) }
  const typed = typedContents(proto, dtype)
  if (isNarrow(dtype)) {
    // One code, or several packed into a byte, an int32.
    const data = fromBytes(Uint8Array.from(typed as ArrayLike<number>), dtype, size, what)
    return { dtype, shape, data }
  }
  if (typed.length !== size) throw disagree(what, shape, typed.length, 'elements')
  return { dtype, shape, data: convert(typed, dtype) }
}

function typedContents(proto: TensorProto, dtype: DType): ArrayLike<number | bigint> {
  if (dtype === 'float32') return proto.floatData
  if (dtype === 'float64') return proto.doubleData
  if (dtype === 'int64') return proto.int64Data
  if (dtype === 'uint32' || dtype === 'uint64') return proto.uint64Data
  return proto.int32Data
}

function fromBytes(bytes: Uint8Array, dtype: DType, size: number, what: string): TensorData {
  if (isNarrow(dtype)) {
    if (bytes.length !== Math.ceil(size / elementsPerByte(dtype)))
      throw disagree(what, [size], bytes.length * elementsPerByte(dtype), 'elements')
    return unpacked(bytes, size, dtype)
  }
  const kind = arrayOf(dtype)
  if (bytes.length !== size * kind.BYTES_PER_ELEMENT) {
    throw disagree(what, [size], bytes.length / kind.BYTES_PER_ELEMENT, 'elements')
  }
  // What has a buffer of its own (external data) is kept: tensors that share a part share its memory.
  if (bytes.length === bytes.buffer.byteLength) return new kind(bytes.buffer as ArrayBuffer)
  // A copy (by constructor: a Node Buffer's slice is no copy): the parsed model's bytes are not aligned, and the model's buffer may then be freed.
  return new kind(new Uint8Array(bytes).buffer)
}

/** Where a tensor's contents lie: a file beside the model, where in it, and how far (undefined: to its end). */
export interface ExternalPlace {
  readonly location: string
  readonly offset: number
  readonly length: number | undefined
}

/** @throws FrostglassError `input` for entries that are no such place, or say it twice. */
export function externalPlace(proto: TensorProto, what: string): ExternalPlace {
  const entries = new Map(proto.externalData.map((e) => [e.key, e.value]))
  const number = (key: string): number | undefined => {
    const text = entries.get(key)
    if (text === undefined) return undefined
    const n = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (Number.isSafeInteger(n)) return n
    throw new FrostglassError(
      'input',
      `${what}: the ${key} of its external data is '${text.slice(0, 40)}', no number of bytes`,
      'Copy or export the model again: it is damaged.',
    )
  }
  if (entries.size < proto.externalData.length) {
    throw new FrostglassError(
      'input',
      `${what} says twice where its external data lies`,
      'Do not trust this model.',
    )
  }
  return { location: entries.get('location') ?? '', offset: number('offset') ?? 0, length: number('length') }
}

function externalBytes(proto: TensorProto, what: string, external: ExternalFiles): Uint8Array {
  const { location, offset, length: stated } = externalPlace(proto, what)
  const bytes = external.get(location)
  if (!bytes) {
    throw new FrostglassError(
      'input',
      `${what} lies in the file '${location}', which is not beside the model`,
      'Copy that file into the folder of the model.',
    )
  }
  const length = stated ?? bytes.length - offset
  if (!(length >= 0 && offset + length <= bytes.length)) {
    throw new FrostglassError(
      'input',
      `${what}: bytes ${offset} to ${offset + length} of '${location}' are not there (it has ${bytes.length})`,
      'Copy it again: the file is cut short.',
    )
  }
  return bytes.subarray(offset, offset + length)
}

function disagree(what: string, shape: readonly number[], got: number, unit: string): FrostglassError {
  return new FrostglassError(
    'input',
    `${what} has the shape [${shape}] but holds ${got} ${unit}`,
    'Copy or export the model again: it is damaged or cut short.',
  )
}
