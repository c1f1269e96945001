// Softmax and LogSoftmax along an axis.
// Source: ONNX Softmax and LogSoftmax, opset 13. Shifted by the maximum, so that nothing overflows.

import type { KernelContext, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { normaliseAxis } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { apply } from '../value.ts'
import { requireInputs } from './_check.ts'
import { mul, sub } from './arithmetic.ts'
import { exp } from './elementwise.ts'
import { reduceSum } from './reduce.ts'

const inferSoftmax: Operator['infer'] = (inputs, attributes, what) => {
  const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
  normaliseAxis(attribute(attributes, 'axis', -1), x.shape.length, what)
  return [info(x.dtype, x.shape)]
}

/** How to walk lanes along the axis: lane (o, i) has element j at o·length·inner + j·inner + i. */
function lanes({ inputs: [x], outputs: [y], attributes }: KernelContext) {
  const axis = normaliseAxis(attribute(attributes, 'axis', -1), x!.shape.length, 'Softmax')
  return {
    from: x!.data,
    to: y!.data,
    outer: sizeOf(x!.shape.slice(0, axis)),
    length: x!.shape[axis] ?? 1,
    inner: sizeOf(x!.shape.slice(axis + 1)),
  }
}

export const softmaxOperator: Operator = {
  name: 'Softmax',
  attributes: { axis: 'int' },
  infer: inferSoftmax,
  gradient({ outputs, attributes, grads }) {
    const y = outputs[0]!
    const dy = grads[0]!
    const axis = attribute(attributes, 'axis', -1)
    const weighted = mul(dy, y)
    return [sub(weighted, mul(y, reduceSum(weighted, [axis], true)))]
  },
  kernel(k) {
    const { from, to, outer, length, inner } = lanes(k)
    return () => {
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) {
          const start = o * length * inner + i
          let top = -Infinity
          for (let j = 0; j < length; j++) top = Math.max(top, from[start + j * inner]!)
          let sum = 0
          for (let j = 0; j < length; j++) {
            const e = Math.exp(from[start + j * inner]! - top)
            to[start + j * inner] = e
            sum += e
          }
          for (let j = 0; j < length; j++) to[start + j * inner] = to[start + j * inner]! / sum
        }
      }
    }
  },
}

export const logSoftmaxOperator: Operator = {
  name: 'LogSoftmax',
  attributes: { axis: 'int' },
  infer: inferSoftmax,
  gradient({ outputs, attributes, grads }) {
    const y = outputs[0]!
    const dy = grads[0]!
    const axis = attribute(attributes, 'axis', -1)
    return [sub(dy, mul(exp(y), reduceSum(dy, [axis], true)))]
  },
  kernel(k) {
    const { from, to, outer, length, inner } = lanes(k)
    return () => {
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) {
          const start = o * length * inner + i
          let top = -Infinity
          for (let j = 0; j < length; j++) top = Math.max(top, from[start + j * inner]!)
          let sum = 0
          for (let j = 0; j < length; j++) sum += Math.exp(from[start + j * inner]! - top)
          // Not less their sum, in which a large maximum would swallow the logarithm.
          const rest = Math.log(sum)
          for (let j = 0; j < length; j++) to[start + j * inner] = from[start + j * inner]! - top - rest
        }
      }
    }
  },
}

/** eˣ over its sum along the axis (the last by default). */
export const softmax = (x: Value, axis = -1): Value => apply(softmaxOperator, [x], { axis })
/** The logarithm of {@link softmax}, computed without loss. */
export const logSoftmax = (x: Value, axis = -1): Value => apply(logSoftmaxOperator, [x], { axis })

export const softmaxOperators: readonly Operator[] = [softmaxOperator, logSoftmaxOperator]
