// Broadcasting as operator sets 1 to 6 had it: only when asked for, of the second input alone, along a run of axes.
// Source: ONNX Changelog: Add-1, Add-6 and their like, PRelu-1, PRelu-6, Gemm-1, Gemm-6.
// Where a free dimension turns out 1 at run time, what the old form refused is computed.

import { FrostglassError } from '../../../errors.ts'
import type { Value } from '../../contract.ts'
import { unsqueeze } from '../../operators/view.ts'
import { formatShape } from '../../shape.ts'
import { firstInput, type OldNode, type Upgrade, without } from './upgrade.ts'

const pairwise = ['Add', 'And', 'Div', 'Equal', 'Greater', 'Less', 'Mul', 'Or', 'Pow', 'Sub', 'Xor']

/** `b` with axes of size 1 behind it, so that its own stand below those of `a` from `axis` on. */
function under(a: Value, b: Value, axis: number | undefined): Value {
  const behind =
    axis === undefined ? 0 : a.shape.length - (axis < 0 ? axis + a.shape.length : axis) - b.shape.length
  if (behind <= 0) return b
  return unsqueeze(
    b,
    Array.from({ length: behind }, (_, i) => b.shape.length + i),
  )
}

function aligned(node: OldNode): readonly Value[] {
  const a = firstInput(node)
  const b = node.inputs[1]
  const { axis, broadcast } = node.attributes
  if (!b) return node.own([a], {})
  const second = broadcast === 1 ? under(a, b, axis as number | undefined) : b
  const offset = a.shape.length - second.shape.length
  const fits =
    (broadcast === 1 ? offset >= 0 : offset === 0) &&
    second.shape.every((d, i) => {
      const other = a.shape[i + offset]
      return d === other || typeof d === 'string' || typeof other === 'string' || (broadcast === 1 && d === 1)
    })
  if (!fits) {
    throw new FrostglassError(
      'shape',
      `${node.what}: ${formatShape(b.shape)} is not ${broadcast === 1 ? 'a part of' : ''} ${formatShape(a.shape)} (version ${node.version} of ${node.name}${broadcast === 1 ? '' : ' without broadcast'})`,
      'Make both shapes equal, or set broadcast and axis.',
    )
  }
  return node.own([a, second], without(node.attributes, 'axis', 'broadcast'))
}

/** A slope of one axis goes along the channels. */
function prelu(node: OldNode): readonly Value[] {
  const x = firstInput(node)
  const slope = node.inputs[1]
  const channels = slope?.shape.length === 1 && slope.shape[0] !== 1 && x.shape.length > 1
  return node.own([x, channels ? under(x, slope, 1) : slope], {})
}

export const broadcastUpgrades: readonly Upgrade[] = [
  { names: pairwise, to: 7, ranked: true, upgrade: aligned },
  { names: ['PRelu'], to: 7, ranked: true, upgrade: prelu },
  {
    names: ['Gemm'],
    to: 7,
    upgrade: (node) => node.own(node.inputs, without(node.attributes, 'broadcast')),
  },
]
