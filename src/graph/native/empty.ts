// Guards ONNX Runtime (1.30) from empty tensors where its kernels end the whole process instead of an error.
// Source: runs of LSTM and GRU with a batch of 0, of InstanceNormalization with a plane of 0 elements.
// What is empty inside a graph, with no empty feed, it does not see.

import { FrostglassError } from '../../errors.ts'
import type { Graph, Node } from '../contract.ts'
import type { Tensors } from '../executor.ts'
import { describeNode } from '../graph.ts'

const ends = new Set(['LSTM', 'GRU', 'InstanceNormalization'])

function fragile(nodes: readonly Node[]): Node | undefined {
  for (const node of nodes) {
    if (ends.has(node.operator.name)) return node
    for (const value of Object.values(node.attributes)) {
      const inner = typeof value === 'object' && 'nodes' in value ? fragile(value.nodes) : undefined
      if (inner) return inner
    }
  }
  return undefined
}

/** Checks what is fed to a graph. It throws FrostglassError `unsupported` for an empty tensor that would end the process. */
export function emptyGuard(g: Graph): (feeds: Tensors) => void {
  const node = fragile(g.nodes)
  if (!node) return () => undefined
  return (feeds) => {
    const empty = g.inputs.find((v) => feeds[v.name!]?.shape.includes(0))
    if (!empty) return
    throw new FrostglassError(
      'unsupported',
      `'${empty.name}' is empty, and ONNX Runtime cannot run ${describeNode(node)} on nothing`,
      "Feed at least one row, or compile with executor: 'plain'.",
    )
  }
}
