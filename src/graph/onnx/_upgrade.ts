// Brings nodes of older operator sets to the form of opset 18: what was an attribute and is now an input.
// Source: ONNX Changelog. Operators whose meaning changed otherwise keep their old form and are checked by shapes.

import type { Attributes, Operator, Value } from '../contract.ts'
import { apply, constant, integers, scalarLike } from '../value.ts'

interface Upgraded {
  readonly inputs: readonly (Value | undefined)[]
  readonly attributes: Attributes
  /** Min, Max and their like with other than two inputs, as a chain of pairs. */
  readonly fold?: ((operator: Operator) => Value) | undefined
}

const axesToInput = new Set(['Squeeze', 'Unsqueeze', 'ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin'])

/** Inputs and attributes as opset 18 has them. */
export function upgradeNode(
  name: string,
  inputs: readonly (Value | undefined)[],
  attributes: Attributes,
  opset: number,
  outputs: number,
): Upgraded {
  const { axes, ...rest } = attributes
  if (axesToInput.has(name) && Array.isArray(axes))
    return { inputs: [inputs[0], integers(axes as number[])], attributes: rest }
  if ((name === 'Min' || name === 'Max') && inputs.length !== 2) {
    const present = inputs.filter((v) => v !== undefined)
    const fold = (operator: Operator) => present.reduce((a, b) => apply(operator, [a, b]))
    return { inputs, attributes, fold }
  }
  if (name === 'Split') {
    const { split, ...others } = attributes
    if (Array.isArray(split)) return { inputs: [inputs[0], integers(split as number[])], attributes: others }
    // Before opset 18 equal parts were as many as the node has outputs.
    if (inputs[1] === undefined && opset < 18)
      return { inputs, attributes: { ...others, num_outputs: outputs } }
  }
  if (name === 'Clip' && opset < 11) {
    const x = inputs[0]!
    const { min: low, max: high } = attributes as { min?: number | undefined; max?: number | undefined }
    const bound = (v: number | undefined) => (v === undefined ? undefined : scalarLike(x, v))
    return { inputs: [x, bound(low), bound(high)], attributes: {} }
  }
  if (name === 'Pad' && Array.isArray(attributes['pads'])) {
    const { pads, value, mode } = attributes
    const fill = scalarLike(inputs[0]!, (value as number | undefined) ?? 0)
    return {
      inputs: [inputs[0], integers(pads as number[]), fill],
      attributes: mode === undefined ? {} : { mode },
    }
  }
  if (name === 'Slice' && Array.isArray(attributes['starts'])) {
    const { starts, ends } = attributes
    const at = Array.isArray(axes) ? [integers(axes as number[])] : []
    return {
      inputs: [inputs[0], integers(starts as number[]), integers(ends as number[]), ...at],
      attributes: {},
    }
  }
  if (name === 'Dropout' && typeof attributes['ratio'] === 'number') {
    return { inputs: [inputs[0], constant(attributes['ratio'])], attributes: {} }
  }
  if ((name === 'Softmax' || name === 'LogSoftmax') && opset < 13) {
    // It flattened from `axis` on (1 by default); for a matrix that is the same as along its last axis.
    return { inputs, attributes: { axis: (attributes['axis'] as number | undefined) ?? 1 } }
  }
  return { inputs, attributes }
}
