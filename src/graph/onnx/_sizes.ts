// The sizes that a file may state for what its nodes make: so many times what it holds and is fed, and a fixed part.
// Source: none; the largest activations of networks are far below. A value that leaves the runtime is there twice.
// Free sizes count as 1: what they become, whoever runs the model says.

import { FrostglassError } from '../../errors.ts'
import type { Node, Value } from '../contract.ts'
import { isStatic, type Shape } from '../shape.ts'
import { arrayOf, type DType, sizeOf } from '../tensor.ts'
import { dependencies } from '../value.ts'
import { type GraphProto, type TensorProto, TensorProto_DataLocation } from './onnx_pb.js'

const fixedBytes = 96 * 2 ** 20
const bytesEach = 256
const mostDimensions = 64
// A second of the native executor's, or some.
const fixedOperations = 2 ** 34
const operationsEach = 4096

/** The bytes that a value may have where so many elements are held and fed. */
export const mostBytes = (given: number): number => fixedBytes + bytesEach * given

/** The bytes of a value; a free size counts as 1. */
export function bytesOf({ dtype, shape }: { dtype: DType; shape: Shape }): number {
  // Where narrower elements are packed, what runs holds a byte of each.
  let size = dtype === 'string' ? 32 : arrayOf(dtype).BYTES_PER_ELEMENT
  for (const d of shape) size *= typeof d === 'number' ? d : 1
  return size
}

/** What is known of a file's sizes. */
export interface Sizes {
  /** @throws FrostglassError `input` for a value, or work on constants alone, that is out of all proportion to the file. */
  check(v: Value, what: string): void
}

/** Sizes held to what a graph states of its inputs and holds in its tensors. */
export function createSizes(proto: GraphProto): Sizes {
  let given = 0
  for (const t of proto.initializer) given += elementsOf(t)
  for (const v of proto.input) {
    const type = v.type?.value
    if (type?.case !== 'tensorType') continue
    const dims = type.value.shape?.dim ?? []
    const size = dims.reduce((n, d) => n * (d.value.case === 'dimValue' ? Number(d.value.value) : 1), 1)
    // Nobody has fed it yet: an input may be large, but does not vouch for more than itself.
    if (size <= fixedBytes) given += size
  }
  const most = mostBytes(given)
  // What depends on constants alone, whoever opens the model computes before it runs.
  const constant = new Set<Value>()
  let operations = fixedOperations + operationsEach * given
  const spend = (v: Value, what: string): void => {
    if (!v.node || !dependencies(v.node).every((d) => d.kind === 'constant' || constant.has(d))) return
    constant.add(v)
    if (v.index === 0) operations -= operationsOf(v.node)
    if (operations < 0) throw tooLarge(what, 'more operations on constants')
  }
  return {
    check(v, what) {
      const { shape } = v
      if (shape.length > mostDimensions) throw tooLarge(what, `${shape.length} dimensions`)
      const size = bytesOf(v)
      if (!(size <= most && size >= 0)) throw tooLarge(what, `[${shape.join(', ')}]`)
      spend(v, what)
    },
  }
}

// Numbers that are there: a byte holds one at most, and readTensor sees to it that there are as many as stated.
function elementsOf(t: TensorProto): number {
  if (t.dims.length > mostDimensions) return 0
  const lists = [t.floatData, t.doubleData, t.int32Data, t.int64Data, t.uint64Data]
  const stated = t.dims.reduce((n, d) => n * Number(d), 1)
  const outside = t.dataLocation === TensorProto_DataLocation.EXTERNAL
  const held = outside ? stated : Math.max(t.rawData.length, ...lists.map((list) => list.length))
  return Number.isFinite(stated) && stated > 0 ? Math.min(stated, held) : 0
}

function operationsOf({ operator, inputs, outputs, attributes }: Node): number {
  if (![...inputs, ...outputs].every((v) => v === undefined || isStatic(v.shape))) return 0
  const counted = operator.flops?.(inputs, outputs, attributes)
  return counted ?? outputs.reduce((sum, v) => sum + sizeOf(v.shape as number[]), 0)
}

function tooLarge(what: string, size: string): FrostglassError {
  return new FrostglassError(
    'input',
    `${what} makes ${size}, out of all proportion to what the model holds and is fed`,
    'Do not trust this model.',
  )
}
