// Softmax, LogSoftmax and Hardmax before version 13: of the tensor flattened to a matrix at an axis, the second by default.
// Source: ONNX Changelog: Softmax-1, Softmax-11, Softmax-13 and their like.

import type { Value } from '../../contract.ts'
import { flattenToMatrix, reshapeOperator, shapeOf } from '../../operators/view.ts'
import { normaliseAxis } from '../../shape.ts'
import { apply } from '../../value.ts'
import { firstInput, type OldNode, type Upgrade } from './upgrade.ts'

function flattened(node: OldNode): readonly Value[] {
  const x = firstInput(node)
  const rank = x.shape.length
  const axis = normaliseAxis((node.attributes['axis'] as number | undefined) ?? 1, rank, node.what)
  // Along the last axis both are the same: no need to turn it into a matrix and back.
  if (axis === rank - 1) return node.own([x], { axis: -1 })
  const matrix = flattenToMatrix(x, axis)
  const [result] = node.own([matrix], { axis: -1 }, [matrix])
  return [apply(reshapeOperator, [result, shapeOf(x)], { allowzero: 1 })]
}

export const flattenedUpgrades: readonly Upgrade[] = [
  { names: ['Softmax', 'LogSoftmax', 'Hardmax'], to: 13, ranked: true, upgrade: flattened },
]
