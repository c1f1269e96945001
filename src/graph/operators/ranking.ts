// What stands first along an axis: TopK, ArgMin, Hardmax.
// Source: ONNX TopK (opset 11), ArgMin and Hardmax (opset 13). Of equals the one with the lowest index comes first.
// ArgMax stands in classes.ts. With `sorted` 0 ONNX leaves the order open; it is the same here.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Buffer, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, flag, info } from '../operator.ts'
import { formatShape, normaliseAxis, unknownDim } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { applyAll, integers, scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import { scatterElements } from './gather.ts'
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
  kernel({ inputs: [x], outputs: [values, places], attributes }) {
    const axis = axisOf(attributes, x!, -1, 'TopK')
    const { length, inner, lanes, startOf } = lanesOf(x!, axis)
    const kept = values!.shape[axis]!
    const from = x!.data
    const order = new Int32Array(length)
    const sign = flag(attributes, 'largest', true) ? 1 : -1
    let start = 0
    const compare = (a: number, b: number) =>
      sign * (from[start + b * inner]! - from[start + a * inner]!) || a - b
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

/** The place of the best element of a lane; of equals the first, or the last. */
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
    const more = sign * (from[start + j * inner]! - from[start + best * inner]!)
    if (more > 0 || (last && more === 0)) best = j
  }
  return best
}

export const argMinOperator: Operator = {
  name: 'ArgMin',
  attributes: { axis: 'int', keepdims: 'int', select_last_index: 'int' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    const kept = flag(attributes, 'keepdims', true) ? [1] : []
    return [info('int64', x.shape.toSpliced(axisOf(attributes, x, 0, what), 1, ...kept))]
  },
  gradient: 'none',
  kernel({ inputs: [x], outputs: [y], attributes }) {
    const { length, inner, startOf } = lanesOf(x!, axisOf(attributes, x!, 0, 'ArgMin'))
    const last = flag(attributes, 'select_last_index')
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = bestOf(from, startOf(i), length, inner, -1, last)
    }
  },
  flops: (inputs) => sizeOf(inputs[0]!.shape as number[]),
}

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

export const rankingOperators: readonly Operator[] = [topKOperator, argMinOperator, hardmaxOperator]
