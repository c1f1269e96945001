// The tensors of a parsed model, wherever they stand: of its graphs, their nodes' attributes, and the graphs in these.
// Source: onnx.proto (IR specification).
// It reads no tensor.

import { type AttributeProto, type NodeProto, type TensorProto, TensorProto_DataLocation } from './onnx_pb.js'
import type { ParsedModel } from './parse.ts'

/** Those whose bytes lie in files beside the model. */
export const outsideTensors = (proto: ParsedModel): TensorProto[] =>
  tensorsOf(proto).filter((t) => t.dataLocation === TensorProto_DataLocation.EXTERNAL)

function tensorsOf(proto: ParsedModel): TensorProto[] {
  const found: TensorProto[] = []
  const graphs = [proto.graph]
  const add = (...tensors: (TensorProto | undefined)[]) => {
    for (const t of tensors) if (t) found.push(t)
  }
  const addAttribute = (a: AttributeProto) => {
    add(a.t, ...a.tensors)
    for (const s of [a.sparseTensor, ...a.sparseTensors]) add(s?.values, s?.indices)
    if (a.g) graphs.push(a.g)
    graphs.push(...a.graphs)
  }
  const addNodes = (nodes: readonly NodeProto[]) => {
    for (const node of nodes) node.attribute.forEach(addAttribute)
  }
  for (const f of proto.functions) addNodes(f.node)
  for (let g = graphs.pop(); g; g = graphs.pop()) {
    add(...g.initializer)
    for (const s of g.sparseInitializer) add(s.values, s.indices)
    addNodes(g.node)
  }
  return found
}
