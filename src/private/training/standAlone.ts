// Whether a model treats each row alone: read off its graph, operator by operator, before anything runs.
// Source: the definition: what a row adds depends on no other row. Axis 0 holds rows, one after another, and nothing may cross it.
// An operator that is not listed is refused. It says nothing of rounding: checkExamples.ts holds numbers to it.

import { FrostglassError } from '../../errors.ts'
import { describeNode, reach } from '../../graph/graph.ts'
import type { Dim, DType, Node, Value } from '../../graph/index.ts'
import { attribute, flag } from '../../graph/operator.ts'
import { isFloat } from '../../graph/tensor.ts'

/** Which inputs of a node hold rows. */
type Holds = (v: Value | undefined) => boolean

/** Whether a node keeps rows apart, where at least one of its inputs holds them. */
type Rule = (node: Node, holds: Holds, rows: number) => boolean

const rank = (v: Value | undefined): number => v?.shape.length ?? 0
const lead = (v: Value | undefined): unknown => v?.shape[0]

/** Of the inputs only the first holds rows. */
const firstOnly: Rule = ({ inputs }, holds) => holds(inputs[0]) && !inputs.slice(1).some(holds)

/** Element by element: what holds rows has all axes of the output, so that nothing is broadcast over axis 0. */
const elementwise: Rule = ({ inputs, outputs: [y] }, holds) =>
  inputs.every((v) => !holds(v) || (rank(v) === rank(y) && lead(v) === lead(y)))

/** Each row of the output is made of the same row of the first input, whatever the attributes say of other axes. */
const rowByRow: Rule = (node, holds, rows) =>
  firstOnly(node, holds, rows) && node.outputs.every((y) => lead(y) === lead(node.inputs[0]))

/** Expanded along other axes, none of them new. */
const expanded: Rule = (node, holds, rows) =>
  rowByRow(node, holds, rows) && rank(node.outputs[0]) === rank(node.inputs[0])

/** Axis 0 is not among those that are cut. */
const sliced: Rule = (node, holds, rows) => {
  const [x, starts, , axes] = node.inputs
  const named = axes ? axes.content : starts?.content?.map((_, i) => i)
  return rowByRow(node, holds, rows) && !fromFront(named, x)?.includes(0) && named !== undefined
}

/** Nothing is put before rows or behind them, and none is cut off. */
const padded: Rule = (node, holds, rows) => {
  const [x, pads, , axes] = node.inputs
  if (!rowByRow(node, holds, rows) || axes || !pads?.content) return false
  return pads.content[0] === 0 && pads.content[rank(x)] === 0
}

/**
 * Elements repeated, along axes that are not those of rows or channels. Other ways take means with neighbours, of rows too where axes
 * are few, and nothing times a neighbour that is not finite is no number.
 */
const resized: Rule = (node, holds, rows) => {
  const [x, , scales, sizes] = node.inputs
  const { attributes } = node
  if (attribute(attributes, 'mode', 'nearest') !== 'nearest' || 'axes' in attributes) return false
  if (attribute(attributes, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch') return false
  // A region may be one of rows, whatever the scales.
  if (attribute<string>(attributes, 'coordinate_transformation_mode', 'half_pixel') === 'tf_crop_and_resize')
    return false
  const byScales = scales !== undefined && lead(scales) !== 0
  if (byScales && sizes) return false
  const whole = byScales ? Number(scales.tensor?.data[0]) === 1 : sizes?.content?.[0] === lead(x)
  return rowByRow(node, holds, rows) && rank(x) >= 3 && whole
}

/** Windows of neighbours, of which each sees something: where one sees nothing, its place may be another row's. */
const pooledByPlace: Rule = (node, holds, rows) => {
  const all = (name: string, value: number) =>
    ((node.attributes[name] as readonly number[] | undefined) ?? []).every((v) => v === value)
  const kernel = (node.attributes['kernel_shape'] as readonly number[] | undefined) ?? []
  const pads = (node.attributes['pads'] as readonly number[] | undefined) ?? []
  const seeing = pads.every((p, i) => p < kernel[i % kernel.length]!)
  return (
    rowByRow(node, holds, rows) &&
    all('dilations', 1) &&
    seeing &&
    !flag(node.attributes, 'ceil_mode') &&
    node.outputs.length === 1
  )
}

/** Not to texts or from them: reading one may fail, which would tell of a row. */
const converted: Rule = (node, holds, rows) =>
  elementwise(node, holds, rows) && [node.inputs[0], node.outputs[0]].every((v) => v?.dtype !== 'string')

/** By statistics that are known; in training they would be the batch's. */
const normalised: Rule = (node, holds, rows) =>
  rowByRow(node, holds, rows) && !flag(node.attributes, 'training_mode') && node.outputs.length === 1

/** By two numbers. */
const clipped: Rule = (node, holds, rows) =>
  rowByRow(node, holds, rows) &&
  node.inputs.slice(1).every((v) => v === undefined || rank(v) === 0 || (rank(v) === 1 && lead(v) === 1))

/** Not of integers: the runtime ends where one is divided by 0, which would tell of a row. */
const divided: Rule = (node, holds, rows) =>
  elementwise(node, holds, rows) && isFloat(node.outputs[0]?.dtype as DType)

/** Numbers stay in their order; every row keeps whole places of the first axis. */
const inOrder: Rule = (node, holds, rows) => {
  const first = lead(node.outputs[0])
  return firstOnly(node, holds, rows) && typeof first === 'number' && first > 0 && first % rows === 0
}

/** Axes counted from the front. */
const fromFront = (axes: readonly Dim[] | undefined, x: Value | undefined) =>
  axes?.map((a) => (typeof a === 'number' && a < 0 ? a + rank(x) : a))

const axisOf = ({ attributes, inputs }: Node, standard: number): number => {
  const axis = attribute(attributes, 'axis', standard)
  return axis < 0 ? axis + rank(inputs.find((v) => v)) : axis
}

/** Along an axis that is not that of the rows. @param standard the axis that is meant where none is named */
const along =
  (standard: number): Rule =>
  (node, holds, rows) =>
    axisOf(node, standard) > 0 && firstOnly(node, holds, rows) && elementwise(node, holds, rows)

const overAxes: Rule = (node, holds, rows) => {
  const [x, axes] = node.inputs
  const named = fromFront(axes?.content, x)
  return firstOnly(node, holds, rows) && named !== undefined && named.length > 0 && !named.includes(0)
}

const products: Rule = ({ inputs: [a, b], outputs: [y] }, holds) => {
  if (holds(a) && !holds(b)) return rank(a) >= 2 && rank(b) <= 2
  const batched = (v: Value | undefined) => rank(v) === rank(y) && rank(v) >= 3 && lead(v) === lead(y)
  return batched(b) && (batched(a) || (!holds(a) && rank(a) <= 2))
}

const gemm: Rule = ({ inputs: [a, b, c], outputs: [y], attributes }, holds) =>
  holds(a) &&
  !holds(b) &&
  attribute(attributes, 'transA', 0) === 0 &&
  (!holds(c) || (rank(c) === 2 && lead(c) === lead(y)))

const gather: Rule = (node, holds) => {
  const [data, places] = node.inputs
  if (holds(data)) return !holds(places) && axisOf(node, 0) > 0
  return axisOf(node, 0) === 0 && rank(places) > 0
}

const joined: Rule = (node, holds) =>
  axisOf(node, 0) > 0 && node.inputs.every((v) => !holds(v) || lead(v) === lead(node.outputs[0]))

const transposed: Rule = ({ attributes }) => (attributes['perm'] as readonly number[] | undefined)?.[0] === 0

const softmax: Rule = (node, holds, rows) => firstOnly(node, holds, rows) && axisOf(node, -1) > 0

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...[
    ...['Add', 'Sub', 'Mul', 'Pow', 'Max', 'Min', 'Where', 'And', 'Or', 'Not', 'Greater', 'GreaterOrEqual'],
    ...['Less', 'LessOrEqual', 'Equal', 'Abs', 'Elu', 'Exp', 'Identity', 'LeakyRelu', 'Log', 'Neg'],
    ...['Reciprocal', 'Relu', 'Sigmoid', 'Sign', 'Softplus', 'Softsign', 'Sqrt', 'Tanh'],
  ].map((name) => [name, elementwise] as const),
  ...['Conv', 'ConvTranspose', 'AveragePool', 'GlobalMaxPool', 'GlobalAveragePool', 'DequantizeLinear'].map(
    (name) => [name, rowByRow] as const,
  ),
  ['BatchNormalization', normalised],
  ['Clip', clipped],
  ['Cast', converted],
  ['Div', divided],
  ['MaxPool', pooledByPlace],
  ['Expand', expanded],
  ['Pad', padded],
  ['Resize', resized],
  ['Slice', sliced],
  ...['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'].map((name) => [name, inOrder] as const),
  ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin'].map((name) => [name, overAxes] as const),
  ['Softmax', softmax],
  ['LogSoftmax', softmax],
  ['ArgMax', along(0)],
  ['Split', along(0)],
  ['Concat', joined],
  ['Transpose', transposed],
  ['MatMul', products],
  ['Gemm', gemm],
  ['Gather', gather],
  // Sizes are known when a graph is built and hold nothing of any row.
  ['Shape', () => true],
  ['Size', () => true],
])

/**
 * Refuses a computation of which it is not sure that no row's part depends on another row.
 * @param output on a batch of `rows` rows
 * @param inputs what holds rows on axis 0: the batch, and noise for each of them
 * @returns which of all values hold rows
 * @throws FrostglassError `unsupported` naming the node; for an output without an axis beside that of the rows
 */
export function requireStandAlone(output: Value, inputs: readonly Value[], rows: number): Holds {
  const holding = new Set<Value | undefined>(inputs)
  const holds: Holds = (v) => holding.has(v)
  for (const node of reach([output]).nodes) {
    if (node.captured.some(holds)) refuse(node)
    if (!node.inputs.some(holds)) continue
    const keeps = rules.get(node.operator.name)?.(node, holds, rows) ?? false
    if (!keeps) refuse(node)
    const { name } = node.operator
    if (name !== 'Shape' && name !== 'Size') for (const v of node.outputs) holding.add(v)
  }
  if (output.shape.length < 2 || lead(output) !== rows)
    throw new FrostglassError(
      'unsupported',
      'the model’s output has no axis of its own for each row',
      'End it in a shape such as [1]: losses are taken along the last axis.',
    )
  return holds
}

function refuse(node: Node): never {
  throw new FrostglassError(
    'unsupported',
    `${describeNode(node)} mixes the rows of a batch, or is not known to keep them apart, so that no row has a gradient of its own`,
    'Take layers that treat each row alone: group normalisation instead of batch normalisation.',
  )
}
