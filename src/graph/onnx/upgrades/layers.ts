// Normalisation, recurrent layers, regions and samples: attributes that went, or whose default or words changed.
// Source: ONNX Changelog: BatchNormalization, GroupNormalization, RNN, GRU, LSTM, RoiAlign, GridSample, Selu.

import type { Value } from '../../contract.ts'
import { add, div, mul, sub } from '../../operators/arithmetic.ts'
import { sqrt } from '../../operators/elementwise.ts'
import { expand, reshape } from '../../operators/view.ts'
import { scalarLike } from '../../value.ts'
import { firstInput, noLaterForm, type OldNode, type Upgrade, without } from './upgrade.ts'

function batchNormalization(node: OldNode): readonly Value[] {
  if (node.outputs > 1) throw noLaterForm(node, 'with more than one output is of training')
  if (node.version < 7 && !node.attributes['is_test'])
    throw noLaterForm(node, 'is of training (is_test is 0)')
  const rest = without(node.attributes, 'is_test', 'spatial')
  if (node.attributes['spatial'] !== 0) return node.own(node.inputs, rest)
  // Statistics of each element over the batch, not of each channel.
  const [x, scale, bias, mean, variance] = node.inputs
  if (!x || !scale || !bias || !mean || !variance) throw noLaterForm(node, 'lacks an input')
  const epsilon = scalarLike(x, (node.attributes['epsilon'] as number | undefined) ?? 1e-5)
  return [add(mul(div(sub(x, mean), sqrt(add(variance, epsilon))), scale), bias)]
}

/** Scale and bias were of groups, and are of channels. */
function groupNormalization(node: OldNode): readonly Value[] {
  const x = firstInput(node)
  const channels = x.shape[1]
  const groups = node.attributes['num_groups'] as number
  if (typeof channels !== 'number') throw noLaterForm(node, 'has channels whose number is free')
  const spread = (v: Value | undefined) =>
    v && reshape(expand(reshape(v, [groups, 1]), [groups, channels / groups]), [channels])
  return node.own([x, spread(node.inputs[1]), spread(node.inputs[2])], node.attributes)
}

/** Version 1 had the word 'foward', and a hint that every output was wanted. */
function recurrent(node: OldNode): readonly Value[] {
  const { direction } = node.attributes
  const way = direction === 'foward' ? { direction: 'forward' } : {}
  return node.own(node.inputs, { ...without(node.attributes, 'output_sequence'), ...way })
}

const modes: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic' }

function gridSample(node: OldNode): readonly Value[] {
  const mode = (node.attributes['mode'] as string | undefined) ?? 'bilinear'
  return node.own(node.inputs, { ...node.attributes, mode: modes[mode] ?? mode })
}

export const layerUpgrades: readonly Upgrade[] = [
  { names: ['BatchNormalization'], to: 14, upgrade: batchNormalization },
  { names: ['GroupNormalization'], to: 21, ranked: true, upgrade: groupNormalization },
  { names: ['RNN', 'GRU', 'LSTM'], to: 7, upgrade: recurrent },
  { names: ['GridSample'], to: 20, upgrade: gridSample },
  {
    names: ['RoiAlign'],
    to: 16,
    upgrade: (node) =>
      node.own(node.inputs, { ...node.attributes, coordinate_transformation_mode: 'output_half_pixel' }),
  },
  {
    names: ['Selu'],
    to: 6,
    upgrade: (node) => node.own(node.inputs, { alpha: 1.6732, gamma: 1.0507, ...node.attributes }),
  },
]
