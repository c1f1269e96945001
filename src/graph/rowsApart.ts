// Whether each row of a batch has what it has alone, whatever else is in the batch: read off a graph, operator by operator, before anything runs.
// Source: ONNX operator specifications. The size of the batch is free; of one that is known, private training asks for itself.
// What is not listed mixes rows: an operator, an axis, an attribute that are not known. It says nothing of rounding.

import type { Graph, Node, Value } from './contract.ts'
import { attribute, flag } from './operator.ts'
import { operators } from './operators/index.ts'
import { type Dim, isUnknown } from './shape.ts'
import { isFloat } from './tensor.ts'

/**
 * What a value has of the batch. `rows`: a row a row of the batch on axis 0, each made of that row alone. `count`: made of the
 * number of rows, and of nothing in them. Neither: it is the same for every batch.
 */
type Kind = 'rows' | 'count'

interface Batch {
  /** Name of the size of axis 0. */
  readonly size: Dim
  kind(v: Value | undefined): Kind | undefined
}

/** Whether a node of which an input holds rows, and none is made of their number, keeps them apart. */
type Rule = (node: Node, batch: Batch) => boolean

const rank = (v: Value | undefined): number => v?.shape.length ?? 0
const lead = (v: Value | undefined): Dim | undefined => v?.shape[0]

/** Only the first input holds rows; the others are the same for every batch. */
const firstOnly: Rule = ({ inputs }, { kind }) =>
  kind(inputs[0]) === 'rows' && inputs.slice(1).every((v) => kind(v) === undefined)

/** Element by element: what holds rows has all axes of the output, so that nothing is broadcast over axis 0. */
const elementwise: Rule = ({ inputs, outputs: [y] }, { kind, size }) =>
  inputs.every((v) => (kind(v) === 'rows' ? rank(v) === rank(y) && lead(v) === size : !spreads(v, y)))

/** Whether a value that is the same for every batch has rows of its own: then places in the batch would differ. */
const spreads = (v: Value | undefined, y: Value | undefined): boolean =>
  rank(v) > rank(y) || (rank(v) === rank(y) && rank(v) > 0 && lead(v) !== 1)

const floating: Rule = (node, batch) => elementwise(node, batch) && isFloat(node.outputs[0]!.dtype)

/** Axes counted from the front. */
const fromFront = (axes: readonly Dim[] | undefined, x: Value | undefined): readonly Dim[] | undefined =>
  axes?.map((axis) => (typeof axis === 'number' && axis < 0 ? axis + rank(x) : axis))

const axisOf = ({ attributes }: Node, of: Value | undefined, standard: number): number => {
  const axis = attribute(attributes, 'axis', standard)
  return axis < 0 ? axis + rank(of) : axis
}

/** Along an axis that is not that of the rows. @param standard the axis that is meant where none is named */
const along =
  (standard: number): Rule =>
  (node, batch) => {
    const [x, ...others] = node.inputs
    return firstOnly(node, batch) && axisOf(node, x, standard) > 0 && !others.some((v) => spreads(v, x))
  }

const overAxes: Rule = (node, batch) => {
  const [x, axes] = node.inputs
  const named = fromFront(axes?.content, x)
  return firstOnly(node, batch) && named !== undefined && named.length > 0 && !named.includes(0)
}

const oneOutput: Rule = (node, batch) => firstOnly(node, batch) && node.outputs.length === 1

/** By statistics that are known; in training they would be the batch's. */
const normalised: Rule = (node, batch) => oneOutput(node, batch) && !flag(node.attributes, 'training_mode')

/** One scale, or one a place of an axis that is not that of the rows. */
const scaled: Rule = (node, batch) => {
  const [x, scale] = node.inputs
  const bare = rank(scale) === 0 || axisOf(node, x, 1) > 0
  return firstOnly(node, batch) && bare && !attribute(node.attributes, 'block_size', 0)
}

/** Row-major order stays, and so does the number of rows: each keeps its own elements. */
const reshaped: Rule = ({ inputs: [x, ...others] }, { kind }) =>
  kind(x) === 'rows' && others.every((v) => kind(v) !== 'rows')

/** Along other axes, none of them new. */
const expanded: Rule = (node, batch) =>
  reshaped(node, batch) && rank(node.inputs[0]) === rank(node.outputs[0])

/** By name: what is dropped because its size is 1 would be the batch too, when one row comes. */
const squeezed: Rule = (node, batch) => reshaped(node, batch) && node.inputs[1] !== undefined

const sliced: Rule = (node, batch) => {
  const [x, starts, , axes] = node.inputs
  const named = axes ? axes.content : starts?.content?.map((_, i) => i)
  return firstOnly(node, batch) && named !== undefined && !fromFront(named, x)!.includes(0)
}

const padded: Rule = (node, batch) => {
  const [x, pads, , axes] = node.inputs
  if (!firstOnly(node, batch) || axes || !pads?.content) return false
  return pads.content[0] === 0 && pads.content[rank(x)] === 0
}

/** Elements repeated along other axes, by scales; other ways are not told apart. */
const resized: Rule = (node, batch) => {
  const [x, , scales] = node.inputs
  const { attributes } = node
  if ('axes' in attributes || rank(x) < 3 || attribute(attributes, 'mode', 'nearest') !== 'nearest')
    return false
  const places = attribute<string>(attributes, 'coordinate_transformation_mode', 'half_pixel')
  return firstOnly(node, batch) && places !== 'tf_crop_and_resize' && Number(scales?.tensor?.data[0]) === 1
}

const products: Rule = ({ inputs: [a, b], outputs: [y] }, { kind, size }) => {
  const held = (v: Value | undefined) => kind(v) === 'rows'
  if (held(a) && !held(b)) return rank(a) >= 2 && rank(b) <= 2
  const batched = (v: Value | undefined) => rank(v) === rank(y) && rank(v) >= 3 && lead(v) === size
  return batched(b) && held(b) && (held(a) ? batched(a) : rank(a) <= 2)
}

/** A product whose other parts are weights. */
const weighted: Rule = (node, batch) => firstOnly(node, batch) && rank(node.inputs[0]) >= 2

const integerProduct: Rule = (node, batch) => weighted(node, batch) && rank(node.inputs[1]) <= 2
/** Weights are the fourth input; zero points and scales are one number each. */
const quantisedProduct: Rule = (node, batch) =>
  weighted(node, batch) && rank(node.inputs[3]) <= 2 && rank(node.inputs[1]) === 0

const gemm: Rule = ({ inputs: [a, b, c], attributes }, { kind, size }) => {
  if (kind(a) !== 'rows' || kind(b) !== undefined || flag(attributes, 'transA')) return false
  return kind(c) === 'rows' ? rank(c) === 2 && lead(c) === size : rank(c) < 2 || lead(c) === 1
}

const gather: Rule = (node, { kind }) => {
  const [data, places] = node.inputs
  if (kind(data) === 'rows') return kind(places) === undefined && axisOf(node, data, 0) > 0
  return axisOf(node, data, 0) === 0 && rank(places) > 0
}

const joined: Rule = (node, { kind, size }) =>
  axisOf(node, node.outputs[0], 0) > 0 && node.inputs.every((v) => kind(v) === 'rows' && lead(v) === size)

const transposed: Rule = ({ attributes }) => (attributes['perm'] as readonly number[] | undefined)?.[0] === 0

const dropped: Rule = (node, batch) => firstOnly(node, batch) && node.inputs[2] === undefined

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...[
    ...[
      'Abs',
      'Acos',
      'Acosh',
      'Asin',
      'Asinh',
      'Atan',
      'Atanh',
      'Cast',
      'Ceil',
      'Celu',
      'Clip',
      'Cos',
      'Cosh',
    ],
    ...[
      'Elu',
      'Erf',
      'Exp',
      'Floor',
      'Gelu',
      'HardSigmoid',
      'HardSwish',
      'Identity',
      'IsInf',
      'IsNaN',
      'LeakyRelu',
    ],
    ...[
      'Log',
      'Mish',
      'Neg',
      'Not',
      'Reciprocal',
      'Relu',
      'Round',
      'Selu',
      'Shrink',
      'Sigmoid',
      'Sign',
      'Sin',
    ],
    ...[
      'Sinh',
      'Softplus',
      'Softsign',
      'Sqrt',
      'Swish',
      'Tan',
      'Tanh',
      'ThresholdedRelu',
      'Add',
      'And',
      'Equal',
    ],
    ...[
      'Greater',
      'GreaterOrEqual',
      'Less',
      'LessOrEqual',
      'Max',
      'Mean',
      'Min',
      'Mul',
      'Or',
      'PRelu',
      'Pow',
    ],
    ...['Sub', 'Sum', 'Where', 'Xor'],
  ].map((name) => [name, elementwise] as const),
  // Of integers the runtime ends where one is divided by 0: such a model is not tried with made-up rows either.
  ['Div', floating],
  ['Mod', floating],
  ...['AveragePool', 'LpPool', 'MaxPool', 'GlobalAveragePool', 'GlobalLpPool', 'GlobalMaxPool', 'LRN'].map(
    (name) => [name, oneOutput] as const,
  ),
  ...['Conv', 'ConvTranspose', 'ConvInteger', 'QLinearConv', 'DepthToSpace', 'SpaceToDepth'].map(
    (name) => [name, oneOutput] as const,
  ),
  ...['BatchNormalization', 'InstanceNormalization', 'GroupNormalization'].map(
    (name) => [name, normalised] as const,
  ),
  ...['LayerNormalization', 'RMSNormalization', 'LpNormalization', 'Softmax', 'LogSoftmax', 'Hardmax'].map(
    (name) => [name, along(-1)] as const,
  ),
  ...['ArgMax', 'ArgMin', 'Split'].map((name) => [name, along(0)] as const),
  ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2'].map(
    (name) => [name, overAxes] as const,
  ),
  ...['ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare'].map((name) => [name, overAxes] as const),
  ...['Reshape', 'Flatten', 'Unsqueeze'].map((name) => [name, reshaped] as const),
  ['Squeeze', squeezed],
  ['Expand', expanded],
  ['QuantizeLinear', scaled],
  ['DequantizeLinear', scaled],
  ['MatMul', products],
  ['MatMulInteger', integerProduct],
  ['QLinearMatMul', quantisedProduct],
  ['Gemm', gemm],
  ['Gather', gather],
  ['Concat', joined],
  ['Transpose', transposed],
  ['Slice', sliced],
  ['Pad', padded],
  ['Resize', resized],
  ['Dropout', dropped],
])

/** Which may be given the number of rows, as (part of) a shape. */
const shapedBy = new Set(['Reshape', 'Expand'])

/**
 * Whether each row of every output is made of the same row of the inputs, and of nothing else, whatever the size of the batch.
 * False in doubt.
 */
export function rowsStayApart(graph: Graph): boolean {
  const size = lead(graph.inputs[0])
  if (typeof size !== 'string' || !graph.inputs.every((v) => lead(v) === size)) return false
  // Two free sizes that nobody names are not known to be equal.
  if (graph.inputs.length > 1 && isUnknown(size)) return false
  const kinds = new Map<Value | undefined, Kind>(graph.inputs.map((v) => [v, 'rows']))
  const batch: Batch = { size, kind: (v) => kinds.get(v) }
  for (const node of graph.nodes) {
    if (node.operator.random) return false
    const kind = kindOf(node, batch)
    if (kind === 'mixed') return false
    if (kind !== undefined) for (const v of node.outputs) kinds.set(v, kind)
  }
  return Object.values(graph.outputs).every((v) => kinds.get(v) === 'rows')
}

/** What the outputs of a node have of the batch. */
function kindOf(node: Node, batch: Batch): Kind | 'mixed' | undefined {
  const { operator, inputs, outputs, captured } = node
  const { kind, size } = batch
  if (captured.some((v) => kind(v) !== undefined)) return 'mixed'
  const has = (what: Kind) => inputs.some((v) => kind(v) === what)
  const known = operators.get(operator.name) === operator
  // A size that is not known may be made of the number of rows.
  const whole = outputs.every((v) => lead(v) === size && v.shape.slice(1).every((d) => typeof d === 'number'))
  if (!has('rows')) {
    if (!has('count')) return undefined
    // A block of the same row over and over.
    const repeated = ['ConstantOfShape', 'Expand'].includes(operator.name) && kind(inputs[0]) !== 'rows'
    return repeated && known && whole && sameRows(node, batch) ? 'rows' : 'count'
  }
  if (!known) return 'mixed'
  if (operator.name === 'Shape' || operator.name === 'Size') return 'count'
  if (has('count') && !shapedBy.has(operator.name)) return 'mixed'
  const apart = rules.get(operator.name)?.(node, batch) ?? false
  return apart && whole ? 'rows' : 'mixed'
}

/** Whether what is spread over the rows is one row. */
function sameRows({ operator, inputs: [x], outputs: [y] }: Node, { kind }: Batch): boolean {
  if (operator.name === 'ConstantOfShape') return true
  return kind(x) === undefined && (rank(x) < rank(y) || lead(x) === 1)
}
