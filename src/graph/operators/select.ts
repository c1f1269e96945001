// Elements that a run decides upon: NonZero, Compress, Unique. How many there are, shapes do not tell.
// Source: ONNX NonZero (opset 13), Compress (opset 11), Unique (opset 11).
// They run natively only: the plain executor plans every shape before a run.

import { FrostglassError } from '../../errors.ts'
import type { Operator, ValueInfo } from '../contract.ts'
import { info } from '../operator.ts'
import { normaliseAxis, unknownDim } from '../shape.ts'
import { requireInputs } from './_check.ts'

export const nonZeroOperator: Operator = {
  name: 'NonZero',
  infer(inputs, _, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    return [info('int64', [x.shape.length, unknownDim()])]
  },
  gradient: 'none',
}

export const compressOperator: Operator = {
  name: 'Compress',
  attributes: { axis: 'int' },
  infer(inputs, attributes, what) {
    const [x, condition] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    if (condition.dtype !== 'bool') {
      throw new FrostglassError(
        'shape',
        `${what}: the condition must be bool, not ${condition.dtype}`,
        'Compare it with something.',
      )
    }
    const given = attributes['axis'] as number | undefined
    if (given === undefined) return [info(x.dtype, [unknownDim()])]
    return [info(x.dtype, x.shape.toSpliced(normaliseAxis(given, x.shape.length, what), 1, unknownDim()))]
  },
}

export const uniqueOperator: Operator = {
  name: 'Unique',
  attributes: { axis: 'int', sorted: 'int' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    const given = attributes['axis'] as number | undefined
    const count = unknownDim()
    const shape =
      given === undefined ? [count] : x.shape.toSpliced(normaliseAxis(given, x.shape.length, what), 1, count)
    return [
      info(x.dtype, shape),
      info('int64', [count]),
      info('int64', [unknownDim()]),
      info('int64', [count]),
    ]
  },
}

export const selectOperators: readonly Operator[] = [nonZeroOperator, compressOperator, uniqueOperator]
