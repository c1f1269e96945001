// Symbolic tensors: what a graph is made of. A value is an input, a constant, a variable or a node's output.
// Source: ONNX IR specification; building by function application as in functional machine-learning libraries.
// A value carries no numbers of its own unless it is a constant or a variable's initial content.

import { FrostglassError } from '../errors.ts'
import type { Attributes, Node, Operator, Value, ValueInfo } from './contract.ts'
import { inferNode } from './infer.ts'
import { contentLimit, type Dim, type Shape } from './shape.ts'
import { arrayOf, convert, type DType, sizeOf, type Tensor, type TensorData, tensor } from './tensor.ts'

/** A value fed at each run. A free dimension is a name: `input('x', ['N', 7])`. */
export function input(name: string, shape: Shape, dtype: DType = 'float32'): Value {
  return {
    kind: 'input',
    name,
    dtype,
    shape,
    content: undefined,
    tensor: undefined,
    node: undefined,
    index: 0,
  }
}

/** A value that is kept from run to run and that a graph may update: a parameter, an optimiser's moment. */
export function variable(name: string, initial: Tensor): Value {
  return {
    kind: 'variable',
    name,
    dtype: initial.dtype,
    shape: initial.shape,
    content: undefined,
    tensor: initial,
    node: undefined,
    index: 0,
  }
}

/** A value known when the graph is built. Integer vectors are also known to shape inference. */
export function constant(
  values: ArrayLike<number> | TensorData | number,
  shape: readonly number[] = typeof values === 'number' ? [] : [values.length],
  dtype: DType = 'float32',
): Value {
  const t = tensor(typeof values === 'number' ? [values] : values, shape, dtype)
  return constantOf(t)
}

/** A constant from a tensor, kept without a copy. */
export function constantOf(t: Tensor, name?: string): Value {
  const integers =
    (t.dtype === 'int64' || t.dtype === 'int32') && t.shape.length <= 1 && t.data.length <= contentLimit
  const content: Dim[] | undefined = integers
    ? Array.from(t.data as ArrayLike<number | bigint>, Number)
    : undefined
  return {
    kind: 'constant',
    name,
    dtype: t.dtype,
    shape: t.shape,
    content,
    tensor: t,
    node: undefined,
    index: 0,
  }
}

/** An int64 vector constant: axes, shapes, sizes. */
export function integers(values: readonly number[]): Value {
  return constant(values, [values.length], 'int64')
}

/** A constant of one number in the dtype of `like`. */
export function scalarLike(like: ValueInfo, value: number): Value {
  return constant(value, [], like.dtype)
}

/** A constant filled with one number. @throws when the shape is not static. */
export function filled(shape: readonly number[], value: number, dtype: DType): Value {
  const data = new (arrayOf(dtype))(sizeOf(shape))
  const [element] = convert([value], dtype)
  data.fill(element as never)
  return constantOf({ dtype, shape, data })
}

/**
 * Applies an operator: infers shapes and returns the node's outputs.
 * @throws FrostglassError `shape` or `unsupported` from the operator's inference.
 */
export function applyAll(
  operator: Operator,
  inputs: readonly (Value | undefined)[],
  given: Attributes = {},
  more: {
    name?: string | undefined
    origin?: string | undefined
    captured?: readonly Value[] | undefined
  } = {},
): readonly Value[] {
  const attributes = roundFloats(operator, given)
  const what = more.name ? `${operator.name} (${more.name})` : operator.name
  const infos = inferNode(operator, inputs, attributes, what)
  const outputs: Value[] = []
  const { name, origin, captured = [] } = more
  const node: Node = { operator, name, origin, inputs, captured, attributes, outputs }
  infos.forEach((info, index) => {
    outputs.push({
      kind: 'node',
      name: undefined,
      dtype: info.dtype,
      shape: info.shape,
      content: info.content && info.content.length <= contentLimit ? info.content : undefined,
      tensor: undefined,
      node,
      index,
    })
  })
  return outputs
}

/** ONNX holds a float attribute in float32: so do we, or float64 results would differ from the written model's. */
function roundFloats(operator: Operator, attributes: Attributes): Attributes {
  const rounded = Object.entries(attributes).flatMap(([name, value]) =>
    typeof value === 'number' && operator.attributes?.[name] === 'float' ? [[name, Math.fround(value)]] : [],
  )
  return rounded.length ? { ...attributes, ...Object.fromEntries(rounded) } : attributes
}

/** Applies an operator with one output. */
export function apply(
  operator: Operator,
  inputs: readonly (Value | undefined)[],
  attributes: Attributes = {},
): Value {
  const [out] = applyAll(operator, inputs, attributes)
  if (!out) throw new FrostglassError('unsupported', `${operator.name} gave no output`)
  return out
}

/** Everything that a node reads. */
export function dependencies(node: Node): readonly Value[] {
  const read: Value[] = []
  for (const v of node.inputs) if (v) read.push(v)
  return node.captured.length ? [...read, ...node.captured] : read
}
