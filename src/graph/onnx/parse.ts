// Parses the bytes of an ONNX model, once it is known how much memory that takes: a byte of a file can ask for hundreds.
// Source: Protocol Buffers, Encoding (wire types); onnx.proto by its own descriptors. The costs are V8's, measured, rounded up.
// It knows lengths alone: whether what is there makes sense is for those who read it.

import type { DescMessage } from '@bufbuild/protobuf'
import { fromBinary } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { FrostglassError } from '../../errors.ts'
import { type GraphProto, type ModelProto, ModelProtoSchema } from './onnx_pb.js'

// Bytes of memory: a message with its empty lists (and, of a node, what it becomes of in a graph), a 64-bit integer (a
// bigint), another number, a text or a slice of bytes.
const costs = { message: 700, node: 3000, integer: 40, number: 12, slice: 150 }
// What parsing may take: so much for any file, and so many times the file.
const fixedCost = 200 * 2 ** 20
const costEach = 18
/** Bodies times nodes: each body is read on the names and nodes around it. */
const mostVisits = 2e7

/** A model with a graph that has outputs. */
export type ParsedModel = ModelProto & { readonly graph: GraphProto }

/**
 * The parsed model.
 * @param file named in messages
 * @throws FrostglassError `input` for what is not an ONNX model, is cut short, or would take far more memory than it has bytes
 */
export function parseModel(bytes: Uint8Array, file: string): ParsedModel {
  let proto: ModelProto
  try {
    measure(bytes, file)
    proto = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false })
  } catch (cause) {
    if (cause instanceof FrostglassError) throw cause
    throw new FrostglassError(
      'input',
      `${file} is not an ONNX model, or it is cut short`,
      'Export it again, or check the download.',
      cause,
    )
  }
  if (!proto.graph || proto.graph.output.length === 0) {
    throw new FrostglassError(
      'input',
      `${file} is not an ONNX model: it has no graph with outputs`,
      'Give the path of a .onnx file.',
    )
  }
  return proto as ParsedModel
}

const fieldsOf = new Map<DescMessage, ReadonlyMap<number, DescMessage['fields'][number]>>()

function fields(message: DescMessage) {
  let known = fieldsOf.get(message)
  if (!known) {
    known = new Map(message.fields.map((f) => [f.number, f]))
    fieldsOf.set(message, known)
  }
  return known
}

/** Walks the file's messages without making any. @throws FrostglassError `input`; an Error for what is no protobuf. */
function measure(bytes: Uint8Array, file: string): void {
  const reader = new BinaryReader(bytes)
  const most = fixedCost + costEach * bytes.length
  const open: { end: number; message: DescMessage }[] = [{ end: bytes.length, message: ModelProtoSchema }]
  let cost = 0
  let nodes = 0
  let bodies = 0
  while (open.length > 0) {
    const { end, message } = open.at(-1)!
    if (reader.pos >= end) {
      open.pop()
      continue
    }
    const [number, wire] = reader.tag()
    const field = fields(message).get(number)
    if (wire !== WireType.LengthDelimited) {
      reader.skip(wire, number)
      cost += isWide(field) ? costs.integer : costs.number
    } else {
      const length = reader.uint32()
      const inside = field?.message
      if (inside) {
        cost += inside.name === 'NodeProto' ? costs.node : costs.message
        if (inside.name === 'NodeProto') nodes++
        if (inside.name === 'GraphProto' && message.name === 'AttributeProto') bodies++
        open.push({ end: reader.pos + length, message: inside })
      } else {
        if (field) cost += packedCost(field, bytes, reader.pos, length)
        reader.pos += length
      }
    }
    if (reader.pos > bytes.length) throw new RangeError('cut short')
    if (cost > most || bodies * nodes > mostVisits) throw tooRich(file, bytes.length)
  }
}

type Field = DescMessage['fields'][number]

// Scalar types as descriptors number them: those read as bigint, those of 4 bytes at least, texts and bytes.
const wide = new Set([3, 4])
const fixed = new Set([1, 2])
const slices = new Set([9, 12])

const scalarOf = (field: Field | undefined): number =>
  field && 'scalar' in field ? (field.scalar as number) : 0

const isWide = (field: Field | undefined): boolean => wide.has(scalarOf(field))

/** What a text, a slice, or a packed list of numbers takes. */
function packedCost(field: Field, bytes: Uint8Array, at: number, length: number): number {
  const scalar = scalarOf(field)
  if (slices.has(scalar)) return costs.slice
  if (fixed.has(scalar)) return (costs.number * length) / 4
  if (!wide.has(scalar)) return costs.number * length
  let count = 0
  const end = Math.min(at + length, bytes.length)
  for (let i = at; i < end; i++) if (bytes[i]! < 0x80) count++
  return costs.integer * count
}

function tooRich(file: string, size: number): FrostglassError {
  return new FrostglassError(
    'input',
    `${file} has more nodes, subgraphs or numbers than ${size} bytes of a model should have`,
    'Do not trust this model; numbers belong into raw data.',
  )
}
