// Nodes that ONNX Runtime computes, and computes otherwise than ONNX says: refused, not run.
// Source: ONNX's node tests, run on ONNX Runtime 1.30 (`npm run conformance`).
// It knows what those tests show; there may be more.

import { FrostglassError } from '../../errors.ts'
import type { Graph, Node, Value } from '../contract.ts'
import { describeNode } from '../graph.ts'

/** Why the runtime's answer for this node would be wrong; undefined where it is not known to be. */
function differs({ operator, inputs, outputs, attributes }: Node): string | undefined {
  if (operator.domain) return undefined
  if (operator.name === 'MaxUnpool' && inputs[2])
    return 'puts the elements at places of the smaller tensor where an output shape is given'
  const [x, , scales, sizes] = inputs
  const aligned = attributes['coordinate_transformation_mode'] === 'align_corners'
  if (operator.name === 'Resize' && aligned && scales && !sizes && scales.shape[0] !== 0 && !whole(x, scales))
    return `aligns corners by the size [${outputs[0]?.shape}], where ONNX does by the scaled size before it is rounded`
  return undefined
}

/** Whether the scaled sizes are known to be whole. */
const whole = (x: Value | undefined, scales: Value): boolean =>
  scales.tensor !== undefined &&
  Array.from(scales.tensor.data, Number).every((scale, i) => {
    const size = x?.shape[i]
    const scaled = typeof size === 'number' ? size * scale : scale
    return Math.abs(scaled - Math.round(scaled)) < 1e-5
  })

/** @throws FrostglassError `unsupported` naming the first node that the runtime computes otherwise. */
export function refuseDiffering(g: Graph): void {
  for (const node of g.nodes) {
    const why = differs(node)
    if (why === undefined) continue
    throw new FrostglassError(
      'unsupported',
      `${describeNode(node)}: ONNX Runtime ${why}`,
      node.operator.kernel ? "Compile with executor: 'plain'." : 'Export the model without it.',
    )
  }
}
