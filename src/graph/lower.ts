// Says in other operators what ONNX Runtime has no kernel for, or one of another meaning.
// Source: each operator's own `lower`; the function bodies of ONNX's operators.
// A file that is written keeps the operators as they are: this is for the native executor alone.

import type { Graph, Node } from './contract.ts'
import { rewriteNodes } from './graph.ts'
import { hasRank } from './shape.ts'

const hasLower = (node: Node): boolean =>
  node.operator.lower !== undefined ||
  Object.values(node.attributes).some((a) => typeof a === 'object' && 'nodes' in a && a.nodes.some(hasLower))

/** The same graph for the native executor. Itself when there is nothing to say otherwise. */
export function lowered(g: Graph): Graph {
  if (!g.nodes.some(hasLower)) return g
  return rewriteNodes(g, (node, inputs) =>
    // Of what has no known rank nothing can be said otherwise.
    inputs.every((v) => !v || hasRank(v.shape)) ? node.operator.lower?.(inputs, node.attributes) : undefined,
  )
}
