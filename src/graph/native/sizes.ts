// Looks at the sizes of somebody's model before ONNX Runtime allocates them: once for each set of shapes that is fed.
// Source: none. What a model's nodes make is known from its constants and the shapes fed, as far as shape inference goes.
// It sees no sizes that are computed from elements of what is fed, nor into the bodies of loops.

import { FrostglassError } from '../../errors.ts'
import type { Known } from '../content.ts'
import type { Graph, Node, Value, ValueInfo } from '../contract.ts'
import type { Tensors } from '../executor.ts'
import { describeNode } from '../graph.ts'
import { inferNode } from '../infer.ts'
import { bytesOf, mostBytes } from '../onnx/_sizes.ts'
import { contentLimit } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { dependencies } from '../value.ts'

/** What refuses feeds with which a model read from a file would make values out of all proportion; nothing for our own graphs. */
export function sizeGuard(g: Graph): (feeds: Tensors) => void {
  if (!g.nodes.some((node) => node.origin !== undefined)) return () => undefined
  const seen = new Set<string>()
  const constants = new Set(g.nodes.flatMap((n) => dependencies(n).filter((v) => v.kind === 'constant')))
  let held = 0
  for (const { tensor } of constants) held += tensor!.data.length
  return (feeds) => {
    const shapes = g.inputs.map((v) => feeds[v.name!]!.shape)
    const key = shapes.join(' ; ')
    if (seen.has(key)) return
    const fed = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0)
    const infos = new Map<Value, ValueInfo>()
    g.inputs.forEach((v, i) => void infos.set(v, { dtype: v.dtype, shape: shapes[i]!, content: undefined }))
    for (const node of g.nodes) checkNode(node, infos, mostBytes(fed + held))
    seen.add(key)
  }
}

function checkNode(node: Node, infos: Map<Value, ValueInfo>, most: number): void {
  let results: readonly ValueInfo[]
  try {
    const now = (v: Value): Known => infos.get(v) ?? v
    const inputs = node.inputs.map((v) => v && now(v))
    const captured = new Map(node.captured.map((v) => [v, now(v)]))
    results = inferNode(node.operator, inputs, node.attributes, describeNode(node), captured)
  } catch {
    results = node.outputs // the runtime says what is wrong with it
  }
  node.outputs.forEach((v, i) => {
    const { dtype, shape, content } = results[i] ?? v
    if (!(bytesOf({ dtype, shape }) <= most)) {
      throw new FrostglassError(
        'input',
        `${describeNode(node)} would make [${shape.join(', ')}], out of all proportion to what the model holds and is fed`,
        'Do not trust this model.',
      )
    }
    infos.set(v, { dtype, shape, content: content && content.length <= contentLimit ? content : undefined })
  })
}
