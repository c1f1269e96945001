// Nodes that ONNX Runtime computes, and computes otherwise than ONNX says: refused, not run.
// Source: ONNX's node tests, run on ONNX Runtime 1.30 (`npm run conformance`).
// It knows what those tests show; there may be more. Resize says itself where it differs (`lower`).
// CenterCropPad with a size from 2^31 to 2^32 − 1 gives a tensor of another size, and no error. Sizes that are not known before
// a run are looked at in it: one that is too large is an index out of bounds.

import { FrostglassError } from '../../errors.ts'
import type { Graph, Node, Value } from '../contract.ts'
import { describeNode, rewriteNodes } from '../graph.ts'
import { cast } from '../operators/cast.ts'
import { greater } from '../operators/compare.ts'
import { gatherOperator } from '../operators/gather.ts'
import { reduceSum } from '../operators/reduce.ts'
import { reshape } from '../operators/view.ts'
import { applyAll, scalarLike } from '../value.ts'

const largestSize = 2 ** 31 - 1
const opening = 'sizes too large for '
const closing = ';'

const tooLarge = (what: string): FrostglassError =>
  new FrostglassError(
    'unsupported',
    `${what}: it is asked for a size beyond ${largestSize}, of which ONNX Runtime makes another`,
    'Ask for less.',
  )

/** The sizes that a node is given, under guard. */
function checkedSizes(sizes: Value, node: Node): Value {
  const what = describeNode(node)
  if (sizes.tensor) {
    if (sizes.tensor.data.some((size) => Number(size) > largestSize)) throw tooLarge(what)
    return sizes
  }
  const over = reduceSum(cast(greater(sizes, scalarLike(sizes, largestSize)), 'int64'))
  const name = `${opening}${what}${closing}`
  return applyAll(gatherOperator, [reshape(sizes, [1, -1]), over], { axis: 0 }, { name })[0]!
}

/** The same graph, in which sizes that the runtime changes are an error of its: see {@link sizeRefusal}. @throws FrostglassError `unsupported` for one that is known. */
export function withCheckedSizes(g: Graph): Graph {
  return rewriteNodes(g, (node, [x, sizes]) => {
    const { operator, attributes, name, origin, captured } = node
    if (operator.domain || operator.name !== 'CenterCropPad' || !sizes) return undefined
    const checked = checkedSizes(sizes, node)
    if (checked === sizes) return undefined
    return applyAll(operator, [x, checked], attributes, { name, origin, captured })
  })
}

/** What the runtime's words mean where a size was too large. */
export function sizeRefusal(message: string): FrostglassError | undefined {
  const start = message.lastIndexOf(opening)
  if (start < 0) return undefined
  return tooLarge(message.slice(start + opening.length, message.indexOf(closing, start)))
}

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
