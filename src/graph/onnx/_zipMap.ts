// ZipMap, at the end of what scikit-learn exports: rows of probabilities as a sequence of maps from class to probability.
// Source: ai.onnx.ml ZipMap. The numbers are those that went in: the output becomes their tensor, a column a class.
// The classes are those of the model's other output; what the maps call them is in the node, and is left there.

import { create } from '@bufbuild/protobuf'
import {
  type GraphProto,
  NodeProtoSchema,
  TensorProto_DataType,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.js'

/** The graph with a tensor in the place of each sequence of maps that is one of its outputs; itself without any. */
export function withoutZipMaps(graph: GraphProto): GraphProto {
  const zips = graph.node.filter((n) => n.opType === 'ZipMap' && n.domain === 'ai.onnx.ml')
  const zipped = new Set(zips.flatMap((n) => n.output))
  const read = new Set(graph.node.flatMap((n) => n.input))
  const final = zips.filter((n) => !n.output.some((name) => read.has(name)))
  if (final.length === 0) return graph
  const node = graph.node.map((n) =>
    final.includes(n)
      ? create(NodeProtoSchema, { name: n.name, opType: 'Identity', input: n.input, output: n.output })
      : n,
  )
  return { ...graph, node, output: graph.output.map((v) => (zipped.has(v.name) ? probabilities(v) : v)) }
}

function probabilities(v: ValueInfoProto): ValueInfoProto {
  const dim = [{}, {}]
  return create(ValueInfoProtoSchema, {
    name: v.name,
    type: { value: { case: 'tensorType', value: { elemType: TensorProto_DataType.FLOAT, shape: { dim } } } },
  })
}
