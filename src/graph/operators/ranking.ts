// What stands first along an axis: TopK, ArgMin, ArgMax, Hardmax.
// Source: ONNX TopK (opset 11), ArgMin, ArgMax and Hardmax (opset 13). Of equals the one with the lowest index comes first.
// What is no number counts as more than any in TopK, and is found by ArgMax and ArgMin: as in ONNX's reference (NumPy's order).
// With `sorted` 0 ONNX leaves the order open; it is the same here.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Buffer, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, flag, info } from '../operator.ts'
import { formatShape, normaliseAxis, unknownDim } from '../shape.ts'
import { isFloat, sizeOf } from '../tensor.ts'
import { apply, applyAll, integers, scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import { min } from './arithmetic.ts'
import { cast } from './cast.ts'
import { where } from './compare.ts'
import { gatherElements, scatterElements } from './gather.ts'
import { isNanOperator } from './rounding.ts'
import { expandLike } from './view.ts'

/** How to walk lanes along an axis: lane l has element j at starts(l) + j·inner. */
export function lanesOf(x: Buffer, axis: number) {
  const length = x.shape[axis] ?? 1
  const inner = sizeOf(x.shape.slice(axis + 1))
  const lanes = sizeOf(x.shape.filter((_, i) => i !== axis))
  return { length, inner, lanes, startOf: (lane: number) => laneStart(lane, length, inner) }
}

const laneStart = (lane: number, length: number, inner: number): number =>
  Math.floor(lane / inner) * length * inner + (lane % inner)

const axisOf = (attributes: Attributes, x: { shape: readonly unknown[] }, fallback: number, what: string) =>
  normaliseAxis(attribute(attributes, 'axis', fallback), x.shape.length, what)

export const topKOperator: Operator = {
  name: 'TopK',
  attributes: { axis: 'int', largest: 'int', sorted: 'int' },
  infer(inputs, attributes, what) {
    const [x, count] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    const axis = axisOf(attributes, x, -1, what)
    const size = x.shape[axis]
    const k = count.content?.[0] ?? unknownDim()
    if (typeof k === 'number' && (k < 0 || (typeof size === 'number' && k > size))) {
      throw new FrostglassError(
        'shape',
        `${what}: there are no ${k} elements along axis ${axis} of ${formatShape(x.shape)}`,
        'Ask for as many as there are, or fewer.',
      )
    }
    const shape = x.shape.toSpliced(axis, 1, k)
    return [info(x.dtype, shape), info('int64', shape)]
  },
  gradient({ inputs, outputs, attributes, grads }) {
    const x = inputs[0]!
    const dy = grads[0]
    if (!dy) return []
    const axis = axisOf(attributes, x, -1, 'TopK')
    return [scatterElements(expandLike(scalarLike(dy, 0), x), outputs[1]!, dy, { axis })]
  },
  // Beside what is no number, ONNX Runtime (1.30) loses the largest. As doubles, single infinities leave room above themselves.
  lower([x, count], attributes) {
    if (!isFloat(x!.dtype)) return undefined
    const key = cast(x!, 'float64')
    const finite = x!.dtype === 'float64' ? Number.MAX_VALUE : 2 ** 128
    const none = apply(isNanOperator, [key])
    const ordered = where(none, scalarLike(key, Number.POSITIVE_INFINITY), min(key, scalarLike(key, finite)))
    const [, places] = applyAll(topKOperator, [ordered, count], attributes)
    const axis = axisOf(attributes, x!, -1, 'TopK')
    return [gatherElements(x!, places!, axis), places!]
  },
  kernel({ inputs: [x], outputs: [values, places], attributes }) {
    const axis = axisOf(attributes, x!, -1, 'TopK')
    const { length, inner, lanes, startOf } = lanesOf(x!, axis)
    const kept = values!.shape[axis]!
    const from = x!.data
    const order = new Int32Array(length)
    const sign = flag(attributes, 'largest', true) ? 1 : -1
    let start = 0
    const compare = (a: number, b: number) =>
      sign * compareNumbers(from[start + b * inner]!, from[start + a * inner]!) || a - b
    return () => {
      for (let lane = 0; lane < lanes; lane++) {
        start = startOf(lane)
        for (let j = 0; j < length; j++) order[j] = j
        order.sort(compare)
        const write = laneStart(lane, kept, inner)
        for (let j = 0; j < kept; j++) {
          values!.data[write + j * inner] = from[start + order[j]! * inner]!
          places!.data[write + j * inner] = order[j]!
        }
      }
    }
  },
  flops: (inputs) => 10 * sizeOf(inputs[0]!.shape as number[]),
}

/** Negative where a comes before b, by size; what is no number comes last, and equals itself. */
function compareNumbers(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
}

/** The place of the best element of a lane, or of one that is no number; of equals the first, or the last. */
function bestOf(
  from: Float64Array,
  start: number,
  length: number,
  inner: number,
  sign: number,
  last: boolean,
): number {
  let best = 0
  for (let j = 1; j < length; j++) {
    const [v, most] = [from[start + j * inner]!, from[start + best * inner]!]
    const none = Number.isNaN(v)
    const more = none || Number.isNaN(most) ? Number(none) - Number(Number.isNaN(most)) : sign * (v - most)
    if (more > 0 || (last && (v === most || (none && more === 0)))) best = j
  }
  return best
}

/** The place of the largest (`sign` 1) or smallest (−1) element along an axis. */
const placeOperator = (name: string, sign: 1 | -1): Operator => ({
  name,
  attributes: { axis: 'int', keepdims: 'int', select_last_index: 'int' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    const kept = flag(attributes, 'keepdims', true) ? [1] : []
    return [info('int64', x.shape.toSpliced(axisOf(attributes, x, 0, what), 1, ...kept))]
  },
  gradient: 'none',
  kernel({ inputs: [x], outputs: [y], attributes }) {
    const { length, inner, startOf } = lanesOf(x!, axisOf(attributes, x!, 0, name))
    const last = flag(attributes, 'select_last_index')
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = bestOf(from, startOf(i), length, inner, sign, last)
    }
  },
  flops: (inputs) => sizeOf(inputs[0]!.shape as number[]),
})

export const argMinOperator = placeOperator('ArgMin', -1)
export const argMaxOperator = placeOperator('ArgMax', 1)

export const hardmaxOperator: Operator = {
  name: 'Hardmax',
  attributes: { axis: 'int' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    axisOf(attributes, x, -1, what)
    return [info(x.dtype, x.shape)]
  },
  gradient: 'none',
  kernel({ inputs: [x], outputs: [y], attributes }) {
    const { length, inner, lanes, startOf } = lanesOf(x!, axisOf(attributes, x!, -1, 'Hardmax'))
    const from = x!.data
    const to = y!.data
    return () => {
      to.fill(0)
      if (length === 0) return
      for (let lane = 0; lane < lanes; lane++) {
        const start = startOf(lane)
        to[start + bestOf(from, start, length, inner, 1, false) * inner] = 1
      }
    }
  },
  flops: (inputs) => sizeOf(inputs[0]!.shape as number[]),
}

/** The `k` largest elements along an axis, from the largest down, and their places. */
export const topK = (x: Value, k: number, axis = -1): readonly [values: Value, places: Value] =>
  applyAll(topKOperator, [x, integers([k])], { axis }) as [Value, Value]

/** The index of the largest element along an axis, the first of equals, as int64. */
export const argMax = (x: Value, axis = -1, keepdims = false): Value =>
  apply(argMaxOperator, [x], { axis, keepdims: keepdims ? 1 : 0 })

export const rankingOperators: readonly Operator[] = [
  topKOperator,
  argMinOperator,
  argMaxOperator,
  hardmaxOperator,
]
