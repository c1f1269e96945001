// Cast and Identity.
// Source: ONNX Cast (opset 13), Identity.
// On the plain executor float32 and float64 are one, so a cast between them rounds nothing there.

import { FrostglassError } from '../../errors.ts'
import type { Operator, Value, ValueInfo } from '../contract.ts'
import { info } from '../operator.ts'
import { type DType, isFloat } from '../tensor.ts'
import { apply } from '../value.ts'
import { requireInputs } from './_check.ts'

/** TensorProto.DataType numbers (onnx.proto). */
export const onnxTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
}

/** The dtype of a TensorProto.DataType number. @throws FrostglassError `unsupported`. */
export function dtypeOfOnnx(type: number, what: string): DType {
  for (const [dtype, number] of Object.entries(onnxTypes)) if (number === type) return dtype as DType
  throw new FrostglassError('unsupported', `${what}: ONNX element type ${type} is not supported`)
}

export const castOperator: Operator = {
  name: 'Cast',
  attributes: { to: 'int' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    return [info(dtypeOfOnnx(attributes['to'] as number, what), x.shape, x.content)]
  },
  gradient({ inputs, grads }) {
    const x = inputs[0]!
    return [isFloat(x.dtype) ? cast(grads[0]!, x.dtype) : undefined]
  },
  view: (inputs, attributes) =>
    isFloat(dtypeOfOnnx(attributes['to'] as number, 'Cast')) || inputs[0]?.dtype === 'bool',
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    if (y!.dtype === 'bool') {
      return () => {
        for (let i = 0; i < to.length; i++) to[i] = from[i] === 0 ? 0 : 1
      }
    }
    // ONNX leaves open which integer stands for what is no number; that it is one, callers may rely on.
    return () => {
      for (let i = 0; i < to.length; i++) {
        const v = from[i]!
        to[i] = Number.isFinite(v) ? Math.trunc(v) : 0
      }
    }
  },
}

export const identityOperator: Operator = {
  name: 'Identity',
  infer(inputs, _, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    return [info(x.dtype, x.shape, x.content)]
  },
  gradient: ({ grads }) => [grads[0]],
  view: true,
}

/** `x` in another dtype; itself when it has that dtype already. */
export const cast = (x: Value, dtype: DType): Value =>
  x.dtype === dtype ? x : apply(castOperator, [x], { to: onnxTypes[dtype] })
/** `x` under a new identity. */
export const identity = (x: Value): Value => apply(identityOperator, [x])

export const castOperators: readonly Operator[] = [castOperator, identityOperator]
