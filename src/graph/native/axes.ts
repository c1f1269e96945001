// Says axes from the front before ONNX Runtime sees them: of an empty tensor its kernels (1.30) give other shapes than ONNX says
// where a reduction's axis is counted from the back.
// Source: ONNX's node tests of reductions, ArgMax and ArgMin, each with every axis empty.
// Axes that are computed at run time stay as they are: what comes to such a node may not be empty (fragile.ts).

import type { Graph } from '../contract.ts'
import { rewriteNodes } from '../graph.ts'
import { hasRank } from '../shape.ts'
import { applyAll, integers } from '../value.ts'

const reduces = (name: string): boolean => name.startsWith('Reduce')
const finds = (name: string): boolean => name === 'ArgMax' || name === 'ArgMin'

/** The same graph, with no axis of a reduction counted from the back. */
export function axesFromTheFront(g: Graph): Graph {
  return rewriteNodes(g, (node, inputs) => {
    const { operator, attributes, name, origin } = node
    const [x, axes] = inputs
    if (operator.domain || !x || !hasRank(x.shape)) return undefined
    const rank = x.shape.length
    const axis = attributes['axis']
    if (finds(operator.name) && typeof axis === 'number' && axis < 0)
      return applyAll(operator, inputs, { ...attributes, axis: axis + rank }, { name, origin })
    const known = reduces(operator.name) ? axes?.content : undefined
    if (!known?.every((a) => typeof a === 'number') || known.every((a) => a >= 0)) return undefined
    const counted = integers(known.map((a) => (a < 0 ? a + rank : a)))
    return applyAll(operator, [x, counted], attributes, { name, origin })
  })
}
