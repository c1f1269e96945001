// Classes and their numbers: OneHot.
// Source: ONNX OneHot (opset 11).
// It is constant almost everywhere in the indices that it reads: a gradient flows to its values alone.

import { FrostglassError } from '../../errors.ts'
import type { Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { formatShape, normaliseAxis, unify, unknownDim } from '../shape.ts'
import { type DType, isFloat, sizeOf } from '../tensor.ts'
import { apply, constant, integers } from '../value.ts'
import { requireInputs } from './_check.ts'
import { mul, sub } from './arithmetic.ts'
import { cast } from './cast.ts'
import { concat } from './join.ts'
import { reduceSum } from './reduce.ts'
import { reshape, reshapeLike } from './view.ts'

/** Indices and depths may be floats, which ONNX casts to int64. */
const whole = (x: number): number => Math.trunc(x) + 0

export const oneHotOperator: Operator = {
  name: 'OneHot',
  attributes: { axis: 'int' },
  infer(inputs, attributes, what) {
    const [indices, depth, values] = requireInputs(inputs, 3, what) as [ValueInfo, ValueInfo, ValueInfo]
    if (indices.shape.length === 0) {
      throw new FrostglassError('shape', `${what}: ONNX takes no scalar index`, 'Unsqueeze it.')
    }
    const rank = indices.shape.length + 1
    const axis = normaliseAxis(attribute(attributes, 'axis', -1), rank, what)
    if (values.shape.length !== 1 || unify(values.shape[0]!, 2) === undefined) {
      throw new FrostglassError(
        'shape',
        `${what}: the values are of shape ${formatShape(values.shape)}`,
        'Give two: what is elsewhere, and what is at the index.',
      )
    }
    const known = depth.content?.[0] ?? unknownDim()
    const size = typeof known === 'number' ? whole(known) : known
    return [info(values.dtype, indices.shape.toSpliced(axis, 0, size))]
  },
  // The runtime compares indices that are floats as they are.
  lower([indices, depth, values], attributes) {
    if (!isFloat(indices!.dtype)) return undefined
    return [apply(oneHotOperator, [cast(indices!, 'int64'), depth, values], attributes)]
  },
  gradient({ inputs, attributes, grads, needs }) {
    const [indices, depth, values] = inputs as [Value, Value, Value]
    const dy = grads[0]!
    if (!needs[2]) return []
    // ONNX Runtime has no kernel for double values.
    const lit = apply(oneHotOperator, [indices, depth, constant([0, 1])], attributes)
    const on = reshape(reduceSum(mul(dy, cast(lit, dy.dtype))), [1])
    const off = sub(reshape(reduceSum(dy), [1]), on)
    return [undefined, undefined, reshapeLike(concat([off, on], 0), values)]
  },
  kernel({ inputs: [indices, , values], outputs: [y], attributes }) {
    const axis = normaliseAxis(attribute(attributes, 'axis', -1), y!.shape.length, 'OneHot')
    const depth = y!.shape[axis]!
    const inner = sizeOf(y!.shape.slice(axis + 1))
    const at = indices!.data
    const pair = values!.data
    const to = y!.data
    return () => {
      to.fill(pair[0]!)
      for (let i = 0; i < at.length; i++) {
        const raw = whole(at[i]!)
        const index = raw < 0 ? raw + depth : raw
        // An index outside lights nothing, as ONNX has it.
        if (index < 0 || index >= depth) continue
        to[(Math.floor(i / inner) * depth + index) * inner + (i % inner)] = pair[1]!
      }
    }
  },
}

/** 1 at the index and 0 elsewhere along a new axis of `depth` (the last by default). */
export function oneHot(
  indices: Value,
  depth: number,
  options: { axis?: number | undefined; dtype?: DType | undefined } = {},
): Value {
  // ONNX Runtime has no kernel for double values.
  const hot = apply(oneHotOperator, [indices, integers([depth]), constant([0, 1])], {
    axis: options.axis ?? -1,
  })
  return cast(hot, options.dtype ?? 'float32')
}

export const classOperators: readonly Operator[] = [oneHotOperator]
