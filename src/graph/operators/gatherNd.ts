// Elements and slices by whole index tuples: GatherND, ScatterND.
// Source: ONNX GatherND (opset 13), ScatterND (opset 18). Negative indices count from the end.
// Through ScatterND's products and extrema no gradient flows: a place that is written twice would need all of its updates.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { type Dim, formatShape, type Shape, staticShape } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { apply, constant, scalarLike } from '../value.ts'
import { requireInputs, requireSameDtype } from './_check.ts'
import { concat } from './join.ts'
import { expandLike } from './view.ts'

const batchOf = (attributes: Attributes): number => attribute(attributes, 'batch_dims', 0)

/** How many numbers an index tuple has. @throws FrostglassError `shape` when that is not known or too many. */
function depthOf(indices: { shape: Shape }, rank: number, batch: number, what: string): number {
  const depth = indices.shape.at(-1)
  if (typeof depth === 'number' && depth <= rank - batch && indices.shape.length > batch) return depth
  throw new FrostglassError(
    'shape',
    `${what}: index tuples of shape ${formatShape(indices.shape)} for a tensor of rank ${rank}${batch ? ` with ${batch} batch axes` : ''}`,
    'Give the last axis of the indices a known size, no larger than the rank.',
  )
}

/** Where a tuple at `at` points to, in elements. @throws FrostglassError `input` for an index outside. */
function placeOf(
  tuples: Float64Array,
  at: number,
  sizes: readonly number[],
  strides: readonly number[],
  what: string,
): number {
  let place = 0
  for (let d = 0; d < sizes.length; d++) {
    const index = tuples[at + d]!
    const from = index < 0 ? index + sizes[d]! : index
    if (!(from >= 0 && from < sizes[d]!)) {
      throw new FrostglassError(
        'input',
        `${what}: index ${index} is outside an axis of ${sizes[d]}`,
        `Use an index from ${-sizes[d]!} to ${sizes[d]! - 1}.`,
      )
    }
    place += from * strides[d]!
  }
  return place
}

/** Strides of these axes, in elements, of a shape that continues for `inner` elements each. */
const stridesOf = (sizes: readonly number[], inner: number): number[] =>
  sizes.map((_, d) => inner * sizeOf(sizes.slice(d + 1)))

export const gatherNdOperator: Operator = {
  name: 'GatherND',
  attributes: { batch_dims: 'int' },
  infer(inputs, attributes, what) {
    const [x, indices] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    const batch = batchOf(attributes)
    const depth = depthOf(indices, x.shape.length, batch, what)
    return [info(x.dtype, [...indices.shape.slice(0, -1), ...x.shape.slice(batch + depth)])]
  },
  gradient({ inputs, attributes, grads }) {
    const [x, indices] = inputs as [Value, Value]
    const dy = grads[0]!
    const places = withBatch(indices, batchOf(attributes))
    return [scatterNd(expandLike(scalarLike(dy, 0), x), places, dy, 'add')]
  },
  kernel({ inputs: [x, indices], outputs: [y], attributes }) {
    const batch = batchOf(attributes)
    const depth = indices!.shape.at(-1)!
    const sizes = x!.shape.slice(batch, batch + depth)
    const inner = sizeOf(x!.shape.slice(batch + depth))
    const strides = stridesOf(sizes, inner)
    const whole = sizeOf(sizes) * inner
    const tuples = indices!.data
    const each = sizeOf(indices!.shape.slice(batch, -1))
    const from = x!.data
    const to = y!.data
    const count = inner === 0 ? 0 : to.length / inner
    return () => {
      for (let i = 0; i < count; i++) {
        const start = Math.floor(i / each) * whole + placeOf(tuples, i * depth, sizes, strides, 'GatherND')
        for (let j = 0; j < inner; j++) to[i * inner + j] = from[start + j]!
      }
    }
  },
}

/** Index tuples that begin with the batch's own places, for ScatterND, which knows no batch axes. */
function withBatch(indices: Value, batch: number): Value {
  if (batch === 0) return indices
  const shape = staticShape(indices.shape, 'the gradient of GatherND with batch axes').slice(0, -1)
  const count = sizeOf(shape)
  const own = Array.from({ length: count }, (_, i) =>
    shape.slice(0, batch).map((size, d) => Math.floor(i / sizeOf(shape.slice(d + 1))) % size),
  )
  return concat([constant(own.flat(), [...shape, batch], indices.dtype), indices], -1)
}

const joins = {
  none: (_: number, update: number) => update,
  add: (a: number, update: number) => a + update,
  mul: (a: number, update: number) => a * update,
  max: (a: number, update: number) => Math.max(a, update),
  min: (a: number, update: number) => Math.min(a, update),
} as const

type Reduction = keyof typeof joins

const reductionOf = (attributes: Attributes, what: string): Reduction => {
  const name = attribute<string>(attributes, 'reduction', 'none')
  if (Object.hasOwn(joins, name)) return name as Reduction
  throw new FrostglassError(
    'unsupported',
    `${what}: reduction '${name}' is not one of ${Object.keys(joins).join(', ')}`,
  )
}

export const scatterNdOperator: Operator = {
  name: 'ScatterND',
  attributes: { reduction: 'string' },
  infer(inputs, attributes, what) {
    const [x, indices, updates] = requireInputs(inputs, 3, what) as [ValueInfo, ValueInfo, ValueInfo]
    requireSameDtype(x, updates, what)
    reductionOf(attributes, what)
    const depth = depthOf(indices, x.shape.length, 0, what)
    const expected: Dim[] = [...indices.shape.slice(0, -1), ...x.shape.slice(depth)]
    const differs = expected.some(
      (d, i) => typeof d === 'number' && typeof updates.shape[i] === 'number' && d !== updates.shape[i],
    )
    if (expected.length !== updates.shape.length || differs) {
      throw new FrostglassError(
        'shape',
        `${what}: updates of shape ${formatShape(updates.shape)}, expected ${formatShape(expected)}`,
        'Give one update for each index tuple.',
      )
    }
    return [info(x.dtype, x.shape)]
  },
  gradient({ inputs, attributes, grads, needs }) {
    const [, indices, updates] = inputs as [Value, Value, Value]
    const dy = grads[0]!
    const reduction = reductionOf(attributes, 'ScatterND')
    if (reduction !== 'none' && reduction !== 'add') {
      throw new FrostglassError(
        'unsupported',
        `ScatterND by '${reduction}' has no gradient rule`,
        'Train only what comes after it.',
      )
    }
    const kept = reduction === 'add' ? dy : scatterNd(dy, indices, expandLike(scalarLike(dy, 0), updates))
    return [
      needs[0] ? kept : undefined,
      undefined,
      needs[2] ? apply(gatherNdOperator, [dy, indices]) : undefined,
    ]
  },
  kernel({ inputs: [x, indices, updates], outputs: [y], attributes }) {
    const depth = indices!.shape.at(-1)!
    const sizes = x!.shape.slice(0, depth)
    const inner = sizeOf(x!.shape.slice(depth))
    const strides = stridesOf(sizes, inner)
    const tuples = indices!.data
    const count = sizeOf(indices!.shape.slice(0, -1))
    const join = joins[reductionOf(attributes, 'ScatterND')]
    const from = updates!.data
    const to = y!.data
    return () => {
      to.set(x!.data)
      for (let i = 0; i < count; i++) {
        const start = placeOf(tuples, i * depth, sizes, strides, 'ScatterND')
        for (let j = 0; j < inner; j++) to[start + j] = join(to[start + j]!, from[i * inner + j]!)
      }
    }
  },
}

/** `x` with updates written, or added, at the places that index tuples (the last axis) name. */
const scatterNd = (x: Value, indices: Value, updates: Value, reduction: 'none' | 'add' = 'none'): Value =>
  apply(scatterNdOperator, [x, indices, updates], { reduction })

export const gatherNdOperators: readonly Operator[] = [gatherNdOperator, scatterNdOperator]
