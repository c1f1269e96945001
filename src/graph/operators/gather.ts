// Elements by index: Gather, GatherElements, ScatterElements.
// Source: ONNX operators of these names (opset 13; ScatterElements 18).
// ScatterElements without a reduction expects each place once, as ONNX does: a second write is not detected.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Operator, Value, ValueInfo } from '../contract.ts'
import { exact, isInteger, multiplier, wrapper } from '../integers.ts'
import { attribute, info } from '../operator.ts'
import { type Dim, formatShape, isStatic, normaliseAxis, unify } from '../shape.ts'
import { type DType, sizeOf } from '../tensor.ts'
import { apply, scalarLike } from '../value.ts'
import { requireInputs, requireSameDtype } from './_check.ts'
import { div, mul } from './arithmetic.ts'
import { cast } from './cast.ts'
import { equal } from './compare.ts'
import { pad } from './slice.ts'
import { expandLike, reshape, unsqueeze } from './view.ts'

/** An index counted from the front. @throws FrostglassError `input` when there is no such element. */
function checkedIndex(index: number, size: number, what: string): number {
  const at = index < 0 ? index + size : index
  if (at >= 0 && at < size) return at
  throw new FrostglassError(
    'input',
    `${what}: index ${index} is outside an axis of ${size}`,
    `Use an index from ${-size} to ${size - 1}.`,
  )
}

const axisOf = (attributes: Attributes, x: { shape: readonly Dim[] }, what: string): number =>
  normaliseAxis(attribute(attributes, 'axis', 0), x.shape.length, what)

export const gatherOperator: Operator = {
  name: 'Gather',
  attributes: { axis: 'int' },
  infer(inputs, attributes, what) {
    const [x, indices] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    requireIntegers(indices, what)
    const axis = axisOf(attributes, x, what)
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]
    // Shapes are read so: one element of the Shape of something.
    const picked =
      x.shape.length === 1 && x.content ? indices.content?.map((i) => x.content?.at(i as number)) : []
    const known = shape.length <= 1 && picked?.length && !picked.includes(undefined)
    return [info(x.dtype, shape, known ? (picked as Dim[]) : undefined)]
  },
  gradient({ inputs, attributes, grads }) {
    const [x, indices] = inputs as [Value, Value]
    const dy = grads[0]!
    const axis = axisOf(attributes, x, 'Gather')
    const size = x.shape[axis]!
    const [only, ...others] = indices.content ?? [undefined]
    // One element known beforehand (a time step, say): its gradient between zeros.
    if (typeof only === 'number' && others.length === 0 && typeof size === 'number') {
      const at = only < 0 ? only + size : only
      const whole = indices.shape.length === 0 ? unsqueeze(dy, [axis]) : dy
      const margin = (n: number) => x.shape.map((_, i) => (i === axis ? n : 0))
      return [pad(whole, margin(at), margin(size - 1 - at))]
    }
    // Otherwise as ScatterElements along the axis, with the indices in a row and broadcast over the other axes.
    const row = indices.shape.length === 1 ? indices : reshape(indices, [-1])
    let flat = dy
    if (indices.shape.length === 0) flat = unsqueeze(dy, [axis])
    else if (indices.shape.length > 1) {
      if (!isStatic(x.shape.slice(axis + 1))) {
        throw new FrostglassError(
          'unsupported',
          `the gradient of Gather needs to know the axes of ${formatShape(x.shape)} behind axis ${axis}`,
          'Bind the free dimension before taking gradients.',
        )
      }
      const before = x.shape.slice(0, axis).map((d) => (typeof d === 'number' ? d : 0))
      flat = reshape(dy, [...before, -1, ...(x.shape.slice(axis + 1) as number[])])
    }
    const rest = flat.shape.flatMap((_, i) => (i === axis ? [] : [i]))
    const places = expandLike(rest.length ? unsqueeze(row, rest) : row, flat)
    const zeros = expandLike(scalarLike(dy, 0), x)
    return [scatterElements(zeros, places, flat, { axis, reduction: 'add' })]
  },
  kernel({ inputs: [x, indices], outputs: [y], attributes }) {
    const axis = axisOf(attributes, x!, 'Gather')
    const outer = sizeOf(x!.shape.slice(0, axis))
    const size = x!.shape[axis]!
    const inner = sizeOf(x!.shape.slice(axis + 1))
    const from = x!.data
    const at = indices!.data
    const to = y!.data
    return () => {
      let write = 0
      for (let o = 0; o < outer; o++) {
        for (let k = 0; k < at.length; k++) {
          const read = (o * size + checkedIndex(at[k]!, size, 'Gather')) * inner
          for (let i = 0; i < inner; i++) to[write++] = from[read + i]!
        }
      }
    }
  },
}

function requireIntegers(indices: ValueInfo, what: string): void {
  if (indices.dtype === 'int64' || indices.dtype === 'int32') return
  throw new FrostglassError(
    'shape',
    `${what}: indices must be int64 or int32, not ${indices.dtype}`,
    'Cast them.',
  )
}

/** GatherElements and ScatterElements: where the element at each place of the indices lies but for the index itself. */
function elementPlaces(shape: readonly number[], indices: readonly number[], axis: number) {
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)))
  const base = new Int32Array(sizeOf(indices))
  for (let i = 0; i < base.length; i++) {
    let rest = i
    let at = 0
    for (let d = indices.length - 1; d >= 0; d--) {
      const size = indices[d]!
      if (d !== axis) at += (rest % size) * strides[d]!
      rest = Math.floor(rest / size)
    }
    base[i] = at
  }
  return { base, stride: strides[axis]!, size: shape[axis]! }
}

/** @throws FrostglassError `shape` when the indices do not lie in `x` but for the axis, as far as sizes are known. */
function requireElements(x: ValueInfo, indices: ValueInfo, attributes: Attributes, what: string): void {
  requireIntegers(indices, what)
  const axis = axisOf(attributes, x, what)
  const lies = (size: Dim, i: number) => {
    const most = x.shape[i]!
    return i === axis || typeof size !== 'number' || typeof most !== 'number' || size <= most
  }
  if (x.shape.length === indices.shape.length && indices.shape.every(lies)) return
  throw new FrostglassError(
    'shape',
    `${what}: indices of shape ${formatShape(indices.shape)} for ${formatShape(x.shape)}`,
    'Give the indices as many axes, none but the axis itself longer.',
  )
}

export const gatherElementsOperator: Operator = {
  name: 'GatherElements',
  attributes: { axis: 'int' },
  infer(inputs, attributes, what) {
    const [x, indices] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    requireElements(x, indices, attributes, what)
    return [info(x.dtype, indices.shape)]
  },
  gradient({ inputs, attributes, grads }) {
    const [x, indices] = inputs as [Value, Value]
    const dy = grads[0]!
    const zeros = expandLike(scalarLike(dy, 0), x)
    const axis = attribute(attributes, 'axis', 0)
    return [scatterElements(zeros, indices, dy, { axis, reduction: 'add' })]
  },
  kernel({ inputs: [x, indices], outputs: [y], attributes }) {
    const axis = axisOf(attributes, x!, 'GatherElements')
    const { base, stride, size } = elementPlaces(x!.shape, indices!.shape, axis)
    const from = x!.data
    const at = indices!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) {
        const index = checkedIndex(at[i]!, size, 'GatherElements')
        to[i] = from[base[i]! + index * stride]!
      }
    }
  },
}

export const scatterElementsOperator: Operator = {
  name: 'ScatterElements',
  attributes: { axis: 'int', reduction: 'string' },
  infer(inputs, attributes, what) {
    const [x, indices, updates] = requireInputs(inputs, 3, what) as [ValueInfo, ValueInfo, ValueInfo]
    requireSameDtype(x, updates, what)
    requireElements(x, indices, attributes, what)
    const fits =
      indices.shape.length === updates.shape.length &&
      indices.shape.every((d, i) => unify(d, updates.shape[i]!) !== undefined)
    if (!fits) {
      throw new FrostglassError(
        'shape',
        `${what}: indices ${formatShape(indices.shape)} and updates ${formatShape(updates.shape)} differ`,
        'Give one update an index.',
      )
    }
    const reduction = reductionOf(attributes)
    if (!reductions.has(reduction)) {
      throw new FrostglassError(
        'unsupported',
        `${what}: reduction '${reduction}' is not one of ${[...reductions.keys()].join(', ')}`,
      )
    }
    return [info(x.dtype, x.shape)]
  },
  gradient({ inputs, outputs, attributes, grads, needs }) {
    const [x, indices, updates] = inputs as [Value, Value, Value]
    const dy = grads[0]!
    const axis = attribute(attributes, 'axis', 0)
    const reduction = reductionOf(attributes)
    if (reduction === 'max' || reduction === 'min') {
      const y = outputs[0]!
      const own = cast(equal(x, y), dy.dtype)
      const arrived = cast(equal(updates, gatherElements(y, indices, axis)), dy.dtype)
      // All that a place got and that equals its extremum share its gradient.
      const share = div(dy, scatterElements(own, indices, arrived, { axis, reduction: 'add' }))
      return [mul(own, share), undefined, mul(arrived, gatherElements(share, indices, axis))]
    }
    if (reduction === 'mul' && needs[2]) {
      throw new FrostglassError(
        'unsupported',
        'ScatterElements has no gradient rule by updates that are multiplied',
        'Train only what comes after it.',
      )
    }
    const kept = () => {
      if (reduction === 'add') return dy
      if (reduction === 'mul') return scatterElements(dy, indices, updates, { axis, reduction })
      return scatterElements(dy, indices, expandLike(scalarLike(dy, 0), updates), { axis })
    }
    return [
      needs[0] ? kept() : undefined,
      undefined,
      needs[2] ? gatherElements(dy, indices, axis) : undefined,
    ]
  },
  kernel({ inputs: [x, indices, updates], outputs: [y], attributes }) {
    const axis = axisOf(attributes, x!, 'ScatterElements')
    const { base, stride, size } = elementPlaces(x!.shape, indices!.shape, axis)
    const from = x!.data
    const at = indices!.data
    const news = updates!.data
    const to = y!.data
    const reduction = reductionOf(attributes)
    const reduce = isInteger(y!.dtype) ? wholeReduction(reduction, y!.dtype) : reductions.get(reduction)!
    return () => {
      to.set(from)
      for (let i = 0; i < at.length; i++) {
        const write = base[i]! + checkedIndex(at[i]!, size, 'ScatterElements') * stride
        to[write] = reduce(to[write]!, news[i]!)
      }
    }
  },
}

const reductionOf = (attributes: Attributes): string => attribute(attributes, 'reduction', 'none')

/** What becomes of an element to which an update comes. */
const reductions: ReadonlyMap<string, (old: number, update: number) => number> = new Map([
  ['none', (_: number, update: number) => update],
  ['add', (old: number, update: number) => old + update],
  ['mul', (old: number, update: number) => old * update],
  ['max', Math.max],
  ['min', Math.min],
])

/** The same for integers, which wrap at each update. */
function wholeReduction(reduction: string, dtype: DType): (old: number, update: number) => number {
  const wrap = wrapper(dtype) ?? exact
  if (reduction === 'add') return (old, update) => wrap(exact(old + update))
  return reduction === 'mul' ? multiplier(dtype) : reductions.get(reduction)!
}

/** Along an axis the elements of these indices, whose shape takes the axis' place; negative ones count from the end. */
export const gather = (x: Value, indices: Value, axis = 0): Value =>
  apply(gatherOperator, [x, indices], { axis })
/** y[i][j] = x[indices[i][j]][j] for axis 0, and so on: an element a place. */
export const gatherElements = (x: Value, indices: Value, axis = 0): Value =>
  apply(gatherElementsOperator, [x, indices], { axis })
/** `x` with the updates written, or combined with what is there, where {@link gatherElements} would read. */
export const scatterElements = (
  x: Value,
  indices: Value,
  updates: Value,
  options: { axis?: number | undefined; reduction?: 'none' | 'add' | 'mul' | 'max' | 'min' | undefined } = {},
): Value =>
  apply(scatterElementsOperator, [x, indices, updates], {
    axis: options.axis ?? 0,
    reduction: options.reduction ?? 'none',
  })
export const gatherOperators: readonly Operator[] = [
  gatherOperator,
  gatherElementsOperator,
  scatterElementsOperator,
]
