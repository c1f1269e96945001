// Guards ONNX Runtime (1.30) from tensors on which its kernels end the whole process, hang, or answer with what lies in memory:
// empty ones, and such of another number of dimensions.
// Source: every operator of ONNX's node tests, run in child processes with each axis of each input empty and each input without
// axes; fragile.slow.test.ts holds what was found. Nothing is copied: a guard is a Reshape to the shape that is there already,
// which fails where it asks for more. It sees what arises inside a graph, too.
// It does not see elements, but for the lengths that DFT and STFT divide by.

import { FrostglassError } from '../../errors.ts'
import type { Graph, Node, Operator, Value } from '../contract.ts'
import { describeNode, type Rewrite, rewriteNodes } from '../graph.ts'
import { info } from '../operator.ts'
import { add, max, min } from '../operators/arithmetic.ts'
import { where } from '../operators/compare.ts'
import { gather } from '../operators/gather.ts'
import { constantOfShapeOperator } from '../operators/generate.ts'
import { shapeOf } from '../operators/view.ts'
import { hasRank, normaliseAxis } from '../shape.ts'
import { tensor } from '../tensor.ts'
import { applyAll, constantOf, integers } from '../value.ts'

/** The fewest elements of each axis, by which the rank is stated too; or `filled`: one element, whatever the rank. */
type Least = readonly number[] | 'filled'
/** What each input must be, by its place. */
type Needs = (node: Node) => readonly (Least | undefined)[]

const axes = (rank: number, least: number): number[] => new Array<number>(rank).fill(least)

/** Planes of at least one element: of whatever batch, and of whatever channels. */
const planes = (v: Value | undefined): Least =>
  v && hasRank(v.shape) ? v.shape.map((_, axis) => (axis < 2 ? 0 : 1)) : 'filled'

/** The inputs `at` summed over an axis each, of which one that surely holds something will do: the sizes are equal. */
function summed(
  { inputs }: Pick<Node, 'inputs'>,
  at: readonly number[],
  axisOf: (rank: number, side: number) => number,
) {
  const each = at.map((place, side): Least => {
    const shape = inputs[place]?.shape ?? []
    return hasRank(shape) && shape.length > 0 ? one(shape.length, axisOf(shape.length, side)) : 'filled'
  })
  if (at.some((place, side) => inputs[place] && surely(inputs[place], each[side]!))) return []
  return inputs.map((_, place) => (place === at[0] ? each[0] : undefined))
}

const one = (rank: number, at: number): number[] => axes(rank, 0).with(at, 1)
const innermost = (rank: number, side: number): number => (side === 0 ? rank - 1 : Math.max(0, rank - 2))

/** A product of matrices of the same batches is 0 where nothing is summed; of others it is what lay in memory. */
const product: Needs = (node) => {
  const [a, b] = node.inputs.map((v) => v?.shape ?? [])
  const batches = [a, b].map((shape) => shape!.slice(0, -2).join())
  const same = hasRank(a!) && hasRank(b!) && a!.length > 1 && b!.length > 1 && batches[0] === batches[1]
  return same ? [] : summed(node, [0, 1], innermost)
}

/** Axes that are computed at run time may count from the back: of an empty tensor that gives another shape. */
const reduced: Needs = ({ inputs: [, axes] }) => (axes && !axes.content ? ['filled'] : [])

/** The mean of no losses is no number; the runtime says 0. */
const meant: Needs = ({ attributes }) =>
  (attributes['reduction'] ?? 'mean') === 'mean' ? [undefined, 'filled'] : []

const sequence: Needs = () => [[1, 1, 1]]

/** Inputs of whatever sizes, but of the rank that one of them is known to have: [0] beside a matrix ends the process. */
const alike: Needs = ({ inputs }) => {
  const known = inputs.find((v) => v && hasRank(v.shape))
  return inputs.map(() => (known ? axes(known.shape.length, 0) : 'filled'))
}

const termsOfEquation: Needs = ({ attributes }) => {
  const [terms = ''] = String(attributes['equation']).replaceAll(' ', '').split('->')
  return terms.split(',').map((term) => (term.includes('.') ? 'filled' : axes(term.length, 1)))
}

const scanned: Needs = ({ inputs, attributes }) => {
  const first = inputs.length - Number(attributes['num_scan_inputs'])
  return inputs.map((_, i) => (i < first ? undefined : 'filled'))
}

const fragile: Readonly<Record<string, Needs>> = {
  AffineGrid: () => [undefined, [1]],
  Attention: ({ inputs }) => [
    undefined,
    ...inputs.slice(1, 3).map((v) => (v?.shape.length === 4 ? [0, 1, 0, 0] : undefined)),
    undefined,
    axes(4, 0),
    axes(4, 0),
  ],
  Concat: alike,
  Conv: ({ inputs }) => [
    undefined,
    inputs[1] && hasRank(inputs[1].shape) ? axes(inputs[1].shape.length, 1) : 'filled',
  ],
  ConvInteger: ({ inputs }) => [planes(inputs[0]), 'filled'],
  ConvTranspose: ({ inputs }) => [planes(inputs[0]), 'filled'],
  DFT: () => ['filled', [], []],
  Dropout: () => [undefined, 'filled', 'filled'],
  Einsum: termsOfEquation,
  GRU: sequence,
  InstanceNormalization: ({ inputs }) => [planes(inputs[0])],
  LSTM: sequence,
  Loop: () => ['filled', 'filled'],
  MatMul: product,
  MatMulInteger: (node) => summed(node, [0, 1], innermost),
  Multinomial: () => [[0, 0]],
  NegativeLogLikelihoodLoss: meant,
  QLinearMatMul: (node) => summed(node, [0, 3], innermost),
  QuantizeLinear: ({ attributes }) => (attributes['block_size'] ? ['filled'] : []),
  QLinearConv: ({ inputs }) => [planes(inputs[0]), undefined, undefined, 'filled'],
  RNN: () => [[0, 0, 0]],
  STFT: () => [[1, 1, 1], 'filled', [1], 'filled'],
  Scan: scanned,
  Squeeze: () => [undefined, 'filled'],
  SoftmaxCrossEntropyLoss: meant,
  TopK: () => ['filled'],
  Unique: ({ attributes }) => (attributes['axis'] === undefined ? [] : ['filled']),
  'ai.onnx.ml:TreeEnsemble': () => [[0, 1]],
}

/** Places of the inputs that a kernel divides by. */
const divisors: Readonly<Record<string, readonly number[]>> = { DFT: [1], STFT: [1, 3] }

/** Whether a value is as asked for however the graph is run. */
function surely({ shape }: Value, least: Least): boolean {
  if (!hasRank(shape) || (least !== 'filled' && shape.length !== least.length)) return false
  return shape.every((d, axis) => {
    const fewest = least === 'filled' ? 1 : least[axis]!
    return fewest === 0 || (typeof d === 'number' && d >= fewest)
  })
}

/** Reshape, of which more is known than what a shape among its inputs says: it gives the tensor itself, or an error. */
const guardOperator: Operator = { name: 'Reshape', infer: ([x]) => [info(x!.dtype, x!.shape)] }
const opening = 'too little for '
const closing = ';'

const heldTo = (x: Value, shape: Value, node: Node): Value =>
  applyAll(guardOperator, [x, shape], {}, { name: `${opening}${describeNode(node)}${closing}` })[0]!

function guarded(v: Value, least: Least, node: Node): Value {
  const held = (x: Value, shape: Value): Value => heldTo(x, shape, node)
  if (least !== 'filled' && least.length === 0) return held(v, integers([]))
  const found = shapeOf(v)
  if (least === 'filled') return held(v, max(found, integers([1])))
  const ranked =
    hasRank(v.shape) && v.shape.length === least.length ? found : held(found, integers([least.length]))
  const filled = least.flatMap((d, axis) => (d === 0 ? [] : [axis]))
  // Where any axis may be empty, the size does not tell whether another one is: the axes themselves make a tensor, of one 0.
  if (filled.length > 0 && filled.length < least.length) {
    const ones = min(gather(ranked, integers(filled)), integers([1]))
    const [zero] = applyAll(constantOfShapeOperator, [ones], { value: tensor([0], [1], 'int64') })
    return held(v, add(ranked, held(zero!, integers([1]))))
  }
  return held(v, max(ranked, integers(least)))
}

/**
 * Parts that are joined, each held to the sizes of the largest beside the axis: ONNX Runtime lets an empty part of other sizes
 * pass, and answers with what lay in memory there. An empty one beside the largest holds nothing of it.
 */
function heldAlike(parts: readonly Value[], node: Node): readonly Value[] {
  const [first] = parts as [Value]
  const rank = first.shape.length
  if (!parts.every(({ shape }) => hasRank(shape) && shape.length === rank)) return parts
  const axis = normaliseAxis(Number(node.attributes['axis'] ?? 0), rank, describeNode(node))
  const beside = axes(rank, 0).flatMap((_, i) => (i === axis ? [] : [i]))
  if (beside.every((i) => parts.every(({ shape }) => shape[i] === first.shape[i]))) return parts
  const shapes = parts.map((v) => shapeOf(v))
  const largest = shapes.reduce((a, b) => max(a, b))
  const onAxis = constantOf(tensor(axes(rank, 0).with(axis, 1), [rank], 'bool'))
  return parts.map((v, i) => heldTo(v, where(onAxis, shapes[i]!, largest), node))
}

/** @throws FrostglassError `unsupported` for a length that a kernel divides by and that is not known, or less than 1. */
function checkDivisors(node: Node): void {
  const { operator, attributes } = node
  // By itself it takes twice the places but two, of one place none.
  if (
    operator.name === 'DFT' &&
    attributes['inverse'] === 1 &&
    attributes['onesided'] === 1 &&
    !node.inputs[1]
  ) {
    throw new FrostglassError(
      'unsupported',
      `${describeNode(node)} does not state its length, which may be 0, on which ONNX Runtime hangs`,
      'Export the model with a constant length of 1 or more.',
    )
  }
  for (const place of divisors[operator.name] ?? []) {
    const v = node.inputs[place]
    if (!v) continue
    const length = v.tensor?.data[0]
    if (v.kind === 'constant' && v.tensor?.data.length === 1 && Number(length) >= 1) continue
    throw new FrostglassError(
      'unsupported',
      `${describeNode(node)}: its input ${place} is a length that may be 0, on which ONNX Runtime ends the process`,
      'Export the model with a constant length of 1 or more.',
    )
  }
}

/**
 * The same graph, in which what would end the process is an error of the runtime's: see {@link guardRefusal}.
 * @throws FrostglassError `unsupported` for lengths of DFT and STFT that are no constants of 1 or more
 */
export const withGuards = (g: Graph): Graph => rewriteNodes(g, guardNode)

/** What {@link withGuards} puts in the place of a node; undefined where nothing guards it. @throws as {@link withGuards} */
export const guardNode: Rewrite = (node, inputs) => {
  const { operator, attributes, name, origin, captured } = node
  const called = operator.domain ? `${operator.domain}:${operator.name}` : operator.name
  const needs = fragile[called] ?? (called.startsWith('Reduce') ? reduced : undefined)
  if (!needs) return undefined
  checkDivisors(node)
  const least = needs({ ...node, inputs })
  const safe = inputs.map((v, i) => {
    const fewest = least[i]
    return v && fewest && !surely(v, fewest) ? guarded(v, fewest, node) : v
  })
  const given = called === 'Concat' ? heldAlike(safe as readonly Value[], node) : safe
  if (given.every((v, i) => v === inputs[i])) return undefined
  return applyAll(operator, given, attributes, { name, origin, captured })
}

/** What the runtime's words mean where it was a guard that failed. */
export function guardRefusal(message: string): FrostglassError | undefined {
  const start = message.lastIndexOf(opening)
  if (start < 0) return undefined
  const node = message.slice(start + opening.length, message.indexOf(closing, start))
  return new FrostglassError(
    'unsupported',
    `${node}: what comes to it is empty, or of other sizes than it asks for, and ONNX Runtime would end the process, or answer with something else`,
    "Feed at least one row, or compile with executor: 'plain'.",
  )
}
