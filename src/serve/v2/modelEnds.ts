// A model's file with ends that the runtime for JavaScript can hold: BF16 as float32, and no output called `__proto__`.
// Source: ONNX (Cast, Identity); onnxruntime-node 1.30 refuses BF16 ends, and loses that one name in a plain object.
// Between the ends nothing changes: a BF16 kernel that the runtime lacks is still lacking.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  type ValueInfoProto,
} from '../../graph/onnx/onnx_pb.js'

/** What was changed, by the name of an end. */
export interface ModelEnds {
  /** Its name for the runtime, where that is another. */
  readonly inner: ReadonlyMap<string, string>
  /** Those that are BF16 in the file, and float32 for the runtime. */
  readonly bfloat16: ReadonlySet<string>
}

/** Nothing changed. */
export const sameEnds: ModelEnds = { inner: new Map(), bfloat16: new Set() }

/** The file, changed where it must be; undefined where nothing of it is in the way. */
export function adaptEnds(
  file: Uint8Array,
): { readonly bytes: Uint8Array; readonly ends: ModelEnds } | undefined {
  const model = fromBinary(ModelProtoSchema, file)
  const { graph } = model
  if (!graph) return undefined
  const inner = new Map<string, string>()
  const bfloat16 = new Set<string>()
  const taken = namesIn(graph)
  const adapt = (ends: ValueInfoProto[], isInput: boolean) =>
    ends.map((end) => {
      const isBfloat16 = elementType(end) === TensorProto_DataType.BFLOAT16
      if (!isBfloat16 && end.name !== '__proto__') return end
      const name = freeName(taken)
      const [from, to] = isInput ? [name, end.name] : [end.name, name]
      const type = isInput ? TensorProto_DataType.BFLOAT16 : TensorProto_DataType.FLOAT
      const node = create(NodeProtoSchema, {
        opType: isBfloat16 ? 'Cast' : 'Identity',
        input: [from],
        output: [to],
        attribute: isBfloat16 ? [castTo(type)] : [],
      })
      if (isInput) graph.node.unshift(node)
      else graph.node.push(node)
      inner.set(end.name, name)
      if (isBfloat16) bfloat16.add(end.name)
      return renamed(end, name, isBfloat16)
    })
  // Weights that are listed as inputs too are no ends.
  const weights = new Set(graph.initializer.map(({ name }) => name))
  const own = graph.input.filter(({ name }) => !weights.has(name))
  graph.input = [...adapt(own, true), ...graph.input.filter(({ name }) => weights.has(name))]
  graph.output = adapt(graph.output, false)
  if (inner.size === 0) return undefined
  return { bytes: toBinary(ModelProtoSchema, model), ends: { inner, bfloat16 } }
}

const elementType = ({ type }: ValueInfoProto): number | undefined =>
  type?.value.case === 'tensorType' ? type.value.value.elemType : undefined

const castTo = (type: TensorProto_DataType) =>
  create(AttributeProtoSchema, { name: 'to', type: AttributeProto_AttributeType.INT, i: BigInt(type) })

function renamed(end: ValueInfoProto, name: string, isBfloat16: boolean): ValueInfoProto {
  const { type } = end
  if (isBfloat16 && type?.value.case === 'tensorType') type.value.value.elemType = TensorProto_DataType.FLOAT
  return { ...end, name }
}

function namesIn(graph: GraphProto): Set<string> {
  const ends = [...graph.input, ...graph.output, ...graph.initializer].map(({ name }) => name)
  return new Set([...ends, ...graph.node.flatMap(({ input, output }) => [...input, ...output])])
}

function freeName(taken: Set<string>): string {
  let name = ''
  for (let i = 0; name === '' || taken.has(name); i++) name = `end_${i}`
  taken.add(name)
  return name
}
