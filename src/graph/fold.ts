// Folds what depends on constants alone: weights that are dequantised, filters that are turned round for a gradient.
// Source: constant folding as compilers do it. ONNX Runtime folds too, but not DequantizeLinear, and what it folds
// outside a Loop is no constant to the optimiser inside: convolutions there then take the slow way (20% of a step).

import { FrostglassError } from '../errors.ts'
import type { Graph, Node, Value } from './contract.ts'
import { reach, replaceValues } from './graph.ts'
import { compilePlain } from './plain/program.ts'
import { isStatic } from './shape.ts'
import { sizeOf, type Tensor, tensor } from './tensor.ts'
import { constantOf, dependencies } from './value.ts'

// Numbers of other types would not come unchanged through the float64 of the plain executor, or are shapes.
const held = new Set(['float32', 'float64', 'uint8', 'int8'])

/** Whether a node gives the same in each run, and is computed by itself: loops are the runtime's, and branches may draw. */
const isFixed = ({ operator }: Node): boolean =>
  (operator.kernel !== undefined || operator.view !== undefined) &&
  !operator.random &&
  operator.taken === undefined

const elements = (values: readonly Value[]): number =>
  values.reduce((sum, v) => sum + sizeOf(v.shape as number[]), 0)

/** Whether a node's output may stand for it: computed from constants, and no larger than they are. */
function folds(node: Node, known: ReadonlySet<Value>): boolean {
  const { inputs, outputs } = node
  if (!isFixed(node) || outputs.length !== 1) return false
  const read = dependencies(node)
  const large = read.filter((v) => isStatic(v.shape) && held.has(v.dtype))
  const [output] = outputs as [Value]
  return (
    inputs.length > 0 &&
    read.every((v) => (v.kind === 'constant' || known.has(v)) && isStatic(v.shape)) &&
    isStatic(output.shape) &&
    (output.dtype === 'float32' || output.dtype === 'float64') &&
    elements([output]) <= elements(large)
  )
}

/** The same graph with constants for what only depends on constants. Values that would grow are left as they are. */
export function foldConstants(g: Graph): Graph {
  const known = new Set<Value>()
  const wanted = new Set<Value>(Object.values(g.outputs))
  const need = (v: Value) => {
    if (known.has(v)) wanted.add(v)
  }
  for (const node of g.nodes) {
    if (folds(node, known)) known.add(node.outputs[0]!)
    else dependencies(node).forEach(need)
  }
  for (const [, next] of g.updates) need(next)
  const folded = new Map<Value, Value>()
  // One at a time: the plain executor holds everything in float64.
  for (const v of wanted) if (known.has(v)) folded.set(v, constantOf(evaluate(v)))
  return folded.size === 0 ? g : replaceValues(g, folded)
}

const whole = new Set(['int64', 'int32', 'bool'])
const few = 64

/** Whether all of a constant's numbers go through float64 unchanged, or to the end that they stand for. */
const isExact = ({ tensor: t }: Value, slicing: boolean): boolean =>
  slicing ||
  !(t?.data instanceof BigInt64Array || t?.data instanceof BigUint64Array) ||
  t.data.every((n) => Number.isSafeInteger(Number(n)))

/**
 * The constant that a node's output is, when a few whole numbers are computed from constants: pads, axes and sizes, which
 * exporters join, turn and cast. Itself otherwise, and where the computation fails: a run says why.
 */
export function knownIntegers(v: Value): Value {
  const { node, shape, dtype } = v
  if (!node || !whole.has(dtype) || !isStatic(shape) || sizeOf(shape) > few) return v
  const { operator, outputs } = node
  const read = dependencies(node)
  const slices = operator.name === 'Slice'
  const constants = read.every(
    (d, i) => d.kind === 'constant' && d.tensor!.data.length <= few && isExact(d, slices && i > 0),
  )
  if (!isFixed(node) || outputs.length !== 1 || !constants) return v
  try {
    return constantOf(evaluate(v))
  } catch (cause) {
    if (cause instanceof FrostglassError) return v
    throw cause
  }
}

function evaluate(v: Value): Tensor {
  const g: Graph = { inputs: [], outputs: { v }, variables: [], updates: [], nodes: reach([v]).nodes }
  const program = compilePlain(g)
  const { v: result } = program.run({}) as { v: Tensor }
  return tensor(result.data.slice(), result.shape, v.dtype)
}
