// What was an attribute and is now an input: axes, parts, bounds, paddings, slices, shapes, counts.
// Source: ONNX Changelog: Squeeze, Unsqueeze, Reduce*, Split, Clip, Pad, Slice, Dropout, TopK, Reshape, Tile, Cast, Concat.
// An attribute that is absent takes the default of its own version, not of the later one.

import { FrostglassError } from '../../../errors.ts'
import type { Attributes, Value } from '../../contract.ts'
import { constant, integers, scalarLike } from '../../value.ts'
import { firstInput, noLaterForm, type OldNode, type Upgrade, without } from './upgrade.ts'

const reductions = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare']

function list(attributes: Attributes, name: string): Value | undefined {
  const given = attributes[name]
  if (given === undefined) return undefined
  if (Array.isArray(given)) return integers(given as number[])
  throw new FrostglassError(
    'input',
    `the attribute '${name}' is no list of integers`,
    'Export the model again: it is damaged.',
  )
}

function axesToInput(node: OldNode): readonly Value[] {
  const axes = list(node.attributes, 'axes')
  return node.own([firstInput(node), ...(axes ? [axes] : [])], without(node.attributes, 'axes'))
}

/** Before version 18 a split without sizes was into equal parts, one for each output. */
function split(node: OldNode): readonly Value[] {
  const x = firstInput(node)
  const rest = without(node.attributes, 'split')
  if (node.version === 1) throw noLaterForm(node, 'says no axis')
  const sizes = list(node.attributes, 'split') ?? node.inputs[1]
  if (sizes) return node.own([x, sizes], rest)
  const axis = (rest['axis'] as number | undefined) ?? 0
  const size = x.shape[axis < 0 ? axis + x.shape.length : axis]
  if (typeof size === 'number' && size % node.outputs !== 0) {
    throw new FrostglassError(
      'shape',
      `${node.what}: ${size} elements are not ${node.outputs} equal parts`,
      'State the sizes of the parts.',
    )
  }
  return node.own([x], { ...rest, num_outputs: node.outputs })
}

const largest = 3.4028234663852886e38

function clip(node: OldNode): readonly Value[] {
  const x = firstInput(node)
  const bound = (name: string, fallback: number): Value | undefined => {
    const given = node.attributes[name] as number | undefined
    // Absent bounds were the ends of float32 from version 6 on: an infinity became the largest number.
    const open = node.version < 6 || x.dtype === 'float16'
    if (given !== undefined && !(open && Math.abs(given) >= largest)) return scalarLike(x, given)
    return open ? undefined : scalarLike(x, given ?? fallback)
  }
  const inputs = [x, bound('min', -largest), bound('max', largest)]
  while (inputs.at(-1) === undefined) inputs.pop()
  return node.own(inputs, {})
}

function pad(node: OldNode): readonly Value[] {
  const x = firstInput(node)
  const pads = list(node.attributes, node.version < 2 ? 'paddings' : 'pads')
  if (!pads) throw noLaterForm(node, 'has no pads')
  const value = (node.attributes['value'] as number | undefined) ?? 0
  const fill = value === 0 ? [] : [scalarLike(x, value)]
  return node.own([x, pads, ...fill], without(node.attributes, 'pads', 'paddings', 'value'))
}

function slice(node: OldNode): readonly Value[] {
  const [starts, ends, axes] = ['starts', 'ends', 'axes'].map((name) => list(node.attributes, name))
  if (!starts || !ends) throw noLaterForm(node, 'has no starts or no ends')
  return node.own([firstInput(node), starts, ends, ...(axes ? [axes] : [])], {})
}

/** As inference only; the mask was of the input's type once, and is left out. */
function dropout(node: OldNode): readonly (Value | undefined)[] {
  if (node.version < 7 && !node.attributes['is_test'])
    throw noLaterForm(node, 'drops out at each run (is_test is 0)')
  const ratio = (node.attributes['ratio'] as number | undefined) ?? 0.5
  const outputs = node.own([firstInput(node), constant(ratio)], {})
  return node.version < 10 ? [outputs[0]] : outputs
}

function topK(node: OldNode): readonly Value[] {
  const { k } = node.attributes
  if (typeof k !== 'number') throw noLaterForm(node, 'has no k')
  return node.own([firstInput(node), integers([k])], without(node.attributes, 'k'))
}

function reshape(node: OldNode): readonly Value[] {
  const shape = list(node.attributes, 'shape')
  if (!shape) throw noLaterForm(node, 'has no shape')
  return node.own([firstInput(node), shape], {})
}

/** Version 1 repeated along one axis, and took how often and which as inputs. */
function tile(node: OldNode): readonly Value[] {
  const x = firstInput(node)
  const [times, axis] = node.inputs.slice(1).map((v) => (v?.tensor ? Number(v.tensor.data[0]) : undefined))
  if (times === undefined || axis === undefined) throw noLaterForm(node, 'computes its tiles at run time')
  return node.own([x, integers(x.shape.map((_, i) => (i === axis ? times : 1)))], {})
}

const namedTypes = [
  ...['UNDEFINED', 'FLOAT', 'UINT8', 'INT8', 'UINT16', 'INT16', 'INT32', 'INT64', 'STRING', 'BOOL'],
  ...['FLOAT16', 'DOUBLE', 'UINT32', 'UINT64'],
]

function cast(node: OldNode): readonly Value[] {
  const to = namedTypes.indexOf(String(node.attributes['to']).toUpperCase())
  if (to <= 0) throw noLaterForm(node, `casts to '${node.attributes['to']}', which is no type`)
  return node.own([firstInput(node)], { to })
}

export const inputUpgrades: readonly Upgrade[] = [
  { names: ['Squeeze', 'Unsqueeze', 'ReduceSum'], to: 13, upgrade: axesToInput },
  { names: reductions.map((name) => `Reduce${name}`), to: 18, upgrade: axesToInput },
  { names: ['Split'], to: 18, upgrade: split },
  { names: ['Clip'], to: 11, upgrade: clip },
  { names: ['Pad'], to: 11, upgrade: pad },
  { names: ['Slice'], to: 10, upgrade: slice },
  { names: ['Dropout'], to: 12, upgrade: dropout },
  { names: ['TopK'], to: 10, upgrade: topK },
  { names: ['Reshape'], to: 5, upgrade: reshape },
  { names: ['Tile'], to: 6, ranked: true, upgrade: tile },
  { names: ['Cast'], to: 6, upgrade: cast },
  { names: ['Concat'], to: 4, upgrade: (node) => node.own(node.inputs, { axis: 1, ...node.attributes }) },
]
