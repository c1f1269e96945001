// The same elements under another shape: Reshape, Flatten, Squeeze, Unsqueeze; Expand; Shape and Size.
// Source: ONNX operators of these names (opset 13 and later).
// On the plain executor the first four cost nothing: the output is the input's memory.

import { FrostglassError } from '../../errors.ts'
import type { Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, flag, info } from '../operator.ts'
import {
  broadcast,
  contentLimit,
  type Dim,
  divideDims,
  formatShape,
  hasRank,
  isStatic,
  normaliseAxis,
  type Shape,
  unknownDim,
  unknownShape,
} from '../shape.ts'
import { apply, integers } from '../value.ts'
import { readTable, sumTo } from './_broadcast.ts'
import { requireInputs } from './_check.ts'

/** The elements of an integer input that says a shape or axes. @throws when it is computed at run time. */
export function contentOf(v: ValueInfo | undefined, what: string, role: string): readonly Dim[] {
  if (v?.content) return v.content
  throw new FrostglassError(
    'unsupported',
    `${what}: its ${role} is computed at run time`,
    `Make the ${role} a constant, or bind the free dimensions.`,
  )
}

/** The shape that an integer input says; its dimensions, or even their number, are unknown when that is computed at run time. */
export function shapeSaidBy(v: ValueInfo): Shape {
  if (v.content) return v.content
  const rank = v.shape[0]
  return typeof rank === 'number' && v.shape.length === 1
    ? Array.from({ length: rank }, unknownDim)
    : unknownShape
}

/** As {@link contentOf}, all numbers. */
export function numbersOf(v: ValueInfo | undefined, what: string, role: string): number[] {
  return contentOf(v, what, role).map((d) => {
    if (typeof d === 'number') return d
    throw new FrostglassError(
      'unsupported',
      `${what}: its ${role} depends on the free dimension ${d}`,
      'Bind the free dimensions first.',
    )
  })
}

const reshapeGradient: Operator['gradient'] = ({ inputs, grads }) => [reshapeLike(grads[0]!, inputs[0]!)]

export const reshapeOperator: Operator = {
  name: 'Reshape',
  narrow: 'moves',
  attributes: { allowzero: 'int' },
  infer(inputs, attributes, what) {
    const [x, target] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    const wanted = shapeSaidBy(target)
    if (!target.content) return [info(x.dtype, wanted)]
    const zero = flag(attributes, 'allowzero')
    const shape: Dim[] = wanted.map((d, i) => (d === 0 && !zero ? (x.shape[i] ?? 0) : d))
    const open = shape.indexOf(-1)
    if (open >= 0)
      shape[open] = divideDims(
        x.shape,
        shape.filter((_, i) => i !== open),
      )
    const ratio = divideDims(x.shape, shape)
    const fits =
      open >= 0
        ? Number.isInteger(shape[open]) || typeof shape[open] === 'string'
        : ratio === 1 || typeof ratio === 'string' || (x.shape.includes(0) && shape.includes(0))
    if (!fits) {
      throw new FrostglassError(
        'shape',
        `${what}: ${formatShape(x.shape)} cannot become ${formatShape(wanted)}: the numbers of elements differ`,
        'Make the products of both shapes equal, or leave one dimension as -1.',
      )
    }
    return [info(x.dtype, shape)]
  },
  gradient: reshapeGradient,
  view: true,
}

export const flattenOperator: Operator = {
  name: 'Flatten',
  narrow: 'moves',
  attributes: { axis: 'int' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    const axis = attribute(attributes, 'axis', 1)
    const at = axis < 0 ? axis + x.shape.length : axis
    return [info(x.dtype, [product(x.shape.slice(0, at)), product(x.shape.slice(at))])]
  },
  gradient: reshapeGradient,
  view: true,
}

function product(dims: Shape): Dim {
  return divideDims(dims, [])
}

/** The shape with so many axes more or less, if it is known how many; which they are is known at run time. */
function unknownSizes(rank: number, axes: ValueInfo, way: 1 | -1): Shape {
  const count = axes.shape[0] ?? 1
  const after = typeof count === 'number' ? rank + way * count : -1
  return after >= 0 && after <= contentLimit ? Array.from({ length: after }, unknownDim) : unknownShape
}

export const unsqueezeOperator: Operator = {
  name: 'Unsqueeze',
  narrow: 'moves',
  infer(inputs, _, what) {
    const [x, axes] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    if (!axes.content) return [info(x.dtype, unknownSizes(x.shape.length, axes, 1))]
    const wanted = numbersOf(axes, what, 'axes')
    const rank = x.shape.length + wanted.length
    const at = new Set(wanted.map((a) => normaliseAxis(a, rank, what)))
    const rest = [...x.shape]
    const shape = Array.from({ length: rank }, (_, i) => (at.has(i) ? 1 : rest.shift()!))
    return [info(x.dtype, shape, x.shape.length === 0 ? x.content : undefined)]
  },
  gradient: reshapeGradient,
  view: true,
}

export const squeezeOperator: Operator = {
  name: 'Squeeze',
  narrow: 'moves',
  infer(inputs, _, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    const rank = x.shape.length
    if (inputs[1] && !inputs[1].content) return [info(x.dtype, unknownSizes(rank, inputs[1], -1))]
    const at = inputs[1]
      ? numbersOf(inputs[1], what, 'axes').map((a) => normaliseAxis(a, rank, what))
      : x.shape.flatMap((d, i) => (d === 1 ? [i] : []))
    for (const axis of at) {
      if (typeof x.shape[axis] === 'number' && x.shape[axis] !== 1) {
        throw new FrostglassError(
          'shape',
          `${what}: axis ${axis} of ${formatShape(x.shape)} is not 1`,
          'Squeeze only axes of size 1.',
        )
      }
    }
    return [
      info(
        x.dtype,
        x.shape.filter((_, i) => !at.includes(i)),
        x.content,
      ),
    ]
  },
  gradient: reshapeGradient,
  view: true,
}

export const expandOperator: Operator = {
  name: 'Expand',
  infer(inputs, _, what) {
    const [x, target] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    const wanted = shapeSaidBy(target)
    return [info(x.dtype, hasRank(wanted) ? broadcast(x.shape, wanted, what) : unknownShape)]
  },
  gradient: ({ inputs, grads }) => [sumTo(grads[0]!, inputs[0]!)],
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    const table = readTable(x!.shape, y!.shape)
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = from[table[i]!]!
    }
  },
}

export const shapeOperator: Operator = {
  name: 'Shape',
  narrow: 'moves',
  attributes: { start: 'int', end: 'int' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    const dims = x.shape.slice(
      attribute(attributes, 'start', 0),
      attribute(attributes, 'end', x.shape.length),
    )
    return [info('int64', [dims.length], dims)]
  },
  gradient: 'none',
  kernel({ inputs: [x], outputs: [y], attributes }) {
    const dims = x!.shape.slice(
      attribute(attributes, 'start', 0),
      attribute(attributes, 'end', x!.shape.length),
    )
    return () => y!.data.set(dims)
  },
}

export const sizeOperator: Operator = {
  name: 'Size',
  narrow: 'moves',
  infer(inputs, _, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    const size = isStatic(x.shape) ? product(x.shape) : unknownDim()
    return [info('int64', [], typeof size === 'number' ? [size] : undefined)]
  },
  gradient: 'none',
  kernel({ inputs: [x], outputs: [y] }) {
    return () => {
      y!.data[0] = x!.data.length
    }
  },
}

/** `x` under another shape; one dimension may be −1. */
export const reshape = (x: Value, shape: readonly number[]): Value =>
  apply(reshapeOperator, [x, integers(shape)])
/** Two dimensions: those before `axis` and those from it on. */
export const flattenToMatrix = (x: Value, axis = 1): Value => apply(flattenOperator, [x], { axis })
/** `x` with axes of size 1 put in at these places of the result. */
export const unsqueeze = (x: Value, axes: readonly number[]): Value =>
  apply(unsqueezeOperator, [x, integers(axes)])
/** `x` without these axes, each of size 1. */
export const squeeze = (x: Value, axes: readonly number[]): Value =>
  apply(squeezeOperator, [x, integers(axes)])
/** `x` broadcast to a shape (and to its own). */
export const expand = (x: Value, shape: readonly number[]): Value =>
  apply(expandOperator, [x, integers(shape)])
/** The shape, as an int64 vector. */
export const shapeOf = (x: Value): Value => apply(shapeOperator, [x])
/** The number of elements, as an int64 scalar. */
export const sizeOfValue = (x: Value): Value => apply(sizeOperator, [x])

/** `x` under the shape of `like`, which may have free dimensions. */
export function reshapeLike(x: Value, like: Value): Value {
  const free = like.shape.filter((d) => typeof d !== 'number').length
  if (free <= 1)
    return reshape(
      x,
      like.shape.map((d) => (typeof d === 'number' ? d : -1)),
    )
  return apply(reshapeOperator, [x, shapeOf(like)])
}

/** `x` broadcast to the shape of `like`, which may have free dimensions. */
export function expandLike(x: Value, like: Value): Value {
  if (x.shape.length === like.shape.length && x.shape.every((d, i) => d === like.shape[i])) return x
  return isStatic(like.shape) ? expand(x, like.shape) : apply(expandOperator, [x, shapeOf(like)])
}

export const viewOperators: readonly Operator[] = [
  reshapeOperator,
  flattenOperator,
  unsqueezeOperator,
  squeezeOperator,
  expandOperator,
  shapeOperator,
  sizeOperator,
]
