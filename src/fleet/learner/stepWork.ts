// What a training step that somebody sent may do: operators whose work shows in their shapes, and no more of it than a bound.
// Source: ours. Loops, conditions and what picks by what rows hold would take longer for some rows: that time would tell of them.
// It bounds the work that shapes tell. Seconds on a machine, and what its caches do, it does not.

import { FrostglassError } from '../../errors.ts'
import { estimateCost } from '../../graph/compile.ts'
import type { Node, ValueInfo } from '../../graph/contract.ts'
import { type Graph, sizeOf } from '../../graph/index.ts'
import { dependencies } from '../../graph/value.ts'
import { drawBelow } from '../../random/integers.ts'
import { systemRandom } from '../../random/source.ts'

/** Operators of networks, their gradients and losses. No subgraphs, no texts, no random numbers, no shapes that follow from rows. */
const operators = new Set(
  (
    'Abs Add AveragePool BatchNormalization Cast Clip Col2Im Concat Conv ConvTranspose Div Elu Equal Erf Exp Expand Flatten Gather ' +
    'Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual GroupNormalization HardSigmoid Identity LayerNormalization ' +
    'LeakyRelu Less LessOrEqual Log LogSoftmax MatMul Max MaxPool Mean Min Mul Neg Not Or And Pad Pow Reciprocal ReduceMax ' +
    'ReduceMean ReduceMin ReduceSum Relu Reshape Resize ScatterElements Shape Sigmoid Sign Size Slice Softmax Softplus Softsign ' +
    'Split Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Where'
  ).split(' '),
)

/** Nodes of a graph, operations of one step, places of windows (an object each). */
const [mostNodes, mostOperations, mostPlaces] = [20_000, 2 ** 34, 2 ** 21]

/** Numbers of all values, constants and plans of a step at one size of batch: 1 GiB. Two sizes are planned, a batch and what is left. */
export const mostNumbers = 2 ** 27

/**
 * What a step may take at any size of a batch, from its shapes alone: nothing is allocated. Each value is of one size, or of so many
 * numbers a row: of those the largest batch takes most. Sizes are looked at for one row, two, all, and two that the file's author
 * cannot know; {@link refuseUnbounded} is for sizes that are known.
 * @param bound the graph at a number of rows
 * @param rows of the largest batch
 * @throws FrostglassError 'unsupported' for other operators, sizes that are not known or that follow from the number of rows otherwise,
 * or more work than the bounds
 */
export function refuseBoundless(bound: (rows: number) => Graph, rows: number): void {
  const one = bound(1)
  refuseUnbounded(one)
  const between = () => 1 + drawBelow(rows, systemRandom)
  for (const count of new Set([rows, Math.min(2, rows), between(), between()])) {
    const graph = count === 1 ? one : bound(count)
    refuseUnbounded(graph)
    requireProportion(one, graph, count)
  }
}

/** @throws FrostglassError 'unsupported' for a value that is neither of one size nor of so many numbers a row */
function requireProportion(one: Graph, many: Graph, rows: number): void {
  if (one.nodes.length !== many.nodes.length) throw tooMuch('other operators for other numbers of rows')
  for (const [i, { operator, outputs }] of many.nodes.entries()) {
    const alone = one.nodes[i]!.outputs
    if (operator !== one.nodes[i]!.operator) throw tooMuch('other operators for other numbers of rows')
    for (const [j, { shape }] of outputs.entries()) {
      const [size, each] = [sizeOf(shape as number[]), sizeOf(alone[j]!.shape as number[])]
      if (size !== each && size !== each * rows)
        throw tooMuch(`${operator.name} of ${size} numbers for ${rows} rows, and of ${each} for one`)
    }
  }
}

/**
 * @param graph with every size known
 * @throws FrostglassError 'unsupported' for other operators, sizes that are not known, or more work than the bounds
 */
export function refuseUnbounded(graph: Graph): void {
  if (graph.nodes.length > mostNodes) throw tooMuch(`${graph.nodes.length} operators, more than ${mostNodes}`)
  // What is given counts twice: it is fed, and copied where it is fed from.
  let numbers = 2 * graph.inputs.reduce((sum, { shape }) => sum + sizeOf(shape as number[]), 0)
  const constants = new Set(graph.nodes.flatMap(dependencies).filter(({ kind }) => kind === 'constant'))
  numbers += sizeOfAll([...constants])
  let [operations, places] = [0, 0]
  for (const node of graph.nodes) {
    const { operator, outputs } = node
    if (operator.domain || !operators.has(operator.name))
      throw tooMuch(`the operator ${operator.name}, which no step needs`)
    for (const { shape } of outputs) {
      if (!shape.every((dim) => typeof dim === 'number'))
        throw tooMuch(`${operator.name} of a size that only rows would tell`)
      numbers += sizeOf(shape as number[])
    }
    numbers += planned(node)
    operations += untold(node)
    places += windowOf(node)
  }
  const flops = estimateCost(graph).flops + operations
  // Written so that what is no number is refused.
  if (!(numbers <= mostNumbers)) throw tooMuch(`${numbers} numbers at once, more than ${mostNumbers}`)
  if (!(places <= mostPlaces)) throw tooMuch(`windows of ${places} places, more than ${mostPlaces}`)
  if (!(flops <= mostOperations)) throw tooMuch(`${flops} operations a step, more than ${mostOperations}`)
}

const sizeOfAll = (values: readonly (ValueInfo | undefined)[]): number =>
  values.reduce((sum, v) => sum + (v ? sizeOf(v.shape as number[]) : 0), 0)

/** Numbers of the tables that a kernel makes for itself: half of one for each element of each input that is read otherwise than in order. */
function planned(node: Node): number {
  const { inputs, outputs } = node
  const whole = sizeOfAll(outputs)
  const shape = String(outputs[0]?.shape)
  const tables = inputs.reduce(
    (sum, v) => sum + (v && String(v.shape) !== shape ? Math.max(whole, sizeOfAll([v])) : 0),
    0,
  )
  // Resampling goes axis by axis, with what is between as doubles.
  return tables / 2 + (node.operator.name === 'Resize' ? resampled(node) : 0)
}

/** Operations that an operator does not tell of itself: it may read all of its inputs, once for each of its outputs' elements and for itself. */
function untold(node: Node): number {
  const { operator, inputs, outputs } = node
  if (operator.flops) return 0
  const once = sizeOfAll(inputs) + inputs.length * sizeOfAll(outputs)
  return operator.name === 'Resize' ? once + mostNeighbours * resampled(node) : once
}

/** Of a cubic resampling that does not smooth. */
const mostNeighbours = 4

/** Elements of all stages of a resampling, each axis as long as it is before or after. */
function resampled({ inputs: [x], outputs: [y], attributes }: Node): number {
  if (attributes['antialias']) throw tooMuch('a resampling that smooths, which no step needs')
  const sides = y!.shape.map((size, axis) => Math.max(size as number, x!.shape[axis] as number))
  return sides.length * sizeOf(sides)
}

/** Places of a node's window: its kernel plans each of them. */
function windowOf({ operator, inputs, attributes }: Node): number {
  const { name } = operator
  if (name === 'AveragePool' || name === 'MaxPool') return sizeOf(attributes['kernel_shape'] as number[])
  if (name === 'Conv' || name === 'ConvTranspose') return sizeOf(inputs[1]!.shape.slice(2) as number[])
  if (name !== 'Col2Im') return 0
  const block = inputs[2]?.content
  if (!block?.every((size) => typeof size === 'number')) throw tooMuch('windows of a size that is not stated')
  return sizeOf(block)
}

const tooMuch = (what: string): FrostglassError =>
  new FrostglassError(
    'unsupported',
    `the server’s training step asks for ${what}`,
    'Send one that `frostglass fleet step` made, or smaller batches.',
  )
