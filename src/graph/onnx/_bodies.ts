// Graphs in attributes: what goes into a body that does not say it itself, and which branch of If is read at all.
// Source: ONNX Loop, Scan, If.
// It reads no node: read.ts does.

import type { Value, ValueInfo } from '../contract.ts'
import { info } from '../operator.ts'
import { knownCondition } from '../operators/conditional.ts'
import type { GraphProto, NodeProto } from './onnx_pb.js'

/** What the inputs of a node's body are, where the body does not say it (Loop, Scan). */
export function placesOf(
  proto: NodeProto,
  inputs: readonly (Value | undefined)[],
): (ValueInfo | undefined)[] {
  if (proto.opType === 'Loop')
    return [info('int64', []), info('bool', []), ...inputs.slice(2).map((v) => v && info(v.dtype, v.shape))]
  if (proto.opType !== 'Scan') return []
  const scanned = Number(proto.attribute.find((a) => a.name === 'num_scan_inputs')?.i ?? 0n)
  const axes = proto.attribute.find((a) => a.name === 'scan_input_axes')?.ints ?? []
  return inputs.map((v, i) => {
    if (!v || i < inputs.length - scanned) return v && info(v.dtype, v.shape)
    const axis = Number(axes[i - inputs.length + scanned] ?? 0n)
    return info(
      v.dtype,
      v.shape.filter((_, at) => at !== (axis < 0 ? axis + v.shape.length : axis)),
    )
  })
}

/** The branch that a known condition takes. The other one is not read: it need not fit the shapes that are there. */
export function takenBranch(proto: NodeProto, condition: Value | undefined): GraphProto | undefined {
  const taken = condition && knownCondition(condition)
  if (taken === undefined) return undefined
  return proto.attribute.find((a) => a.name === (taken ? 'then_branch' : 'else_branch'))?.g
}
