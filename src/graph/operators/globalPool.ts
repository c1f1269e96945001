// Pooling over whole planes: GlobalAveragePool and GlobalMaxPool.
// Source: ONNX operators of these names (opset 1). Any number of spatial axes.
// A tie of a maximum shares its gradient equally.

import type { Operator, Value, ValueInfo } from '../contract.ts'
import { info } from '../operator.ts'
import { staticShape } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { apply, scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import { type Shaped, spatialOf } from './_window.ts'
import { div, mul } from './arithmetic.ts'
import { cast } from './cast.ts'
import { equal } from './compare.ts'
import { reduceSum } from './reduce.ts'
import { expandLike } from './view.ts'

const inferGlobal: Operator['infer'] = (inputs, _, what) => {
  const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
  return [info(x.dtype, [...x.shape.slice(0, 2), ...spatialOf(x, what).map(() => 1)])]
}

const spatialAxes = (x: Shaped): number[] => x.shape.slice(2).map((_, i) => i + 2)

const globalFlops: Operator['flops'] = (inputs) => sizeOf(inputs[0]!.shape as number[])

export const globalAveragePoolOperator: Operator = {
  name: 'GlobalAveragePool',
  infer: inferGlobal,
  gradient({ inputs, grads }) {
    const x = inputs[0]!
    const dy = grads[0]!
    const size = sizeOf(staticShape(x.shape.slice(2), 'GlobalAveragePool'))
    return [expandLike(mul(dy, scalarLike(dy, 1 / size)), x)]
  },
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    const size = from.length / to.length
    return () => {
      for (let i = 0; i < to.length; i++) {
        let sum = 0
        for (let j = i * size; j < (i + 1) * size; j++) sum += from[j]!
        to[i] = sum / size
      }
    }
  },
  flops: globalFlops,
}

export const globalMaxPoolOperator: Operator = {
  name: 'GlobalMaxPool',
  infer: inferGlobal,
  gradient({ inputs, outputs, grads }) {
    const x = inputs[0]!
    const dy = grads[0]!
    const mask = cast(equal(x, outputs[0]!), dy.dtype)
    return [mul(mask, div(dy, reduceSum(mask, spatialAxes(x), true)))]
  },
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    const size = from.length / to.length
    return () => {
      for (let i = 0; i < to.length; i++) {
        let top = -Infinity
        for (let j = i * size; j < (i + 1) * size; j++) top = Math.max(top, from[j]!)
        to[i] = top
      }
    }
  },
  flops: globalFlops,
}

/** The mean of each plane: `[N, C, …]` to `[N, C, 1, …]`. */
export const globalAveragePool = (x: Value): Value => apply(globalAveragePoolOperator, [x])
/** The largest element of each plane; a tie shares its gradient equally. */
export const globalMaxPool = (x: Value): Value => apply(globalMaxPoolOperator, [x])

export const globalPoolOperators: readonly Operator[] = [globalAveragePoolOperator, globalMaxPoolOperator]
