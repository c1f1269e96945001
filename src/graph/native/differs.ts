// Nodes that ONNX Runtime computes, and computes otherwise than ONNX says: refused, not run.
// Source: ONNX's node tests, run on ONNX Runtime 1.30 (`npm run conformance`).
// It knows what those tests show; there may be more. Resize says itself where it differs (`lower`).

import { FrostglassError } from '../../errors.ts'
import type { Graph, Node } from '../contract.ts'
import { describeNode } from '../graph.ts'

/** Why the runtime's answer for this node would be wrong; undefined where it is not known to be. */
function differs({ operator, inputs }: Node): string | undefined {
  if (operator.domain) return undefined
  if (operator.name === 'MaxUnpool' && inputs[2])
    return 'puts the elements at places of the smaller tensor where an output shape is given'
  return undefined
}

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
