// Resize before version 11, and Upsample, which became Resize; Scatter, which became ScatterElements.
// Source: ONNX Changelog: Resize-10, Upsample-1, Upsample-7, Upsample-9, Scatter-9; the node tests of operator set 10.
// Where a size shrinks, the nearest element was the next one up, where it grows the one below.

import type { Value } from '../../contract.ts'
import { constant } from '../../value.ts'
import { firstInput, noLaterForm, type OldNode, type Upgrade } from './upgrade.ts'

const asymmetric = { coordinate_transformation_mode: 'asymmetric' }

const scaled = (scales: readonly number[]): Value => ({ ...constant(scales), content: scales })

function resize(node: OldNode): readonly Value[] {
  const x = firstInput(node)
  const mode = (node.attributes['mode'] as string | undefined) ?? 'nearest'
  const given = node.inputs[1]
  const scales = given?.tensor && Array.from(given.tensor.data, Number)
  const resized = (v: Value, by: Value, nearest: string) =>
    node.other('Resize', [v, undefined, by], { ...asymmetric, mode, nearest_mode: nearest })
  if (mode !== 'nearest') return resized(x, scales ? scaled(scales) : given!, 'floor')
  if (!scales) throw noLaterForm(node, 'computes its scales at run time')
  if (scales.every((s) => s >= 1)) return resized(x, scaled(scales), 'floor')
  if (scales.every((s) => s <= 1)) return resized(x, scaled(scales), 'ceil')
  const [grown] = resized(x, scaled(scales.map((s) => Math.max(s, 1))), 'floor') as [Value]
  return resized(grown, scaled(scales.map((s) => Math.min(s, 1))), 'ceil')
}

function upsample(node: OldNode): readonly Value[] {
  const x = firstInput(node)
  const { height_scale: height, width_scale: width, scales: listed } = node.attributes
  const word = (node.attributes['mode'] as string | undefined) ?? 'nearest'
  const mode = word === 'bilinear' ? 'linear' : word
  const given = node.inputs[1]
  const scales =
    node.version === 1
      ? [1, 1, height as number, width as number]
      : ((listed as number[] | undefined) ?? (given?.tensor && Array.from(given.tensor.data, Number)))
  const by = scales ? scaled(scales) : given
  if (!by) throw noLaterForm(node, 'has no scales')
  return node.other('Resize', [x, undefined, by], { ...asymmetric, mode, nearest_mode: 'floor' })
}

export const resizeUpgrades: readonly Upgrade[] = [
  { names: ['Resize'], to: 11, upgrade: resize },
  { names: ['Upsample'], to: 10, upgrade: upsample },
  {
    names: ['Scatter'],
    to: 11,
    upgrade: (node) => node.other('ScatterElements', node.inputs, node.attributes),
  },
]
