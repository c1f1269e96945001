// What families of functions of one input share: the shape that stays, a loop, and a gradient that is a product.
// Source: ONNX's elementwise operators.
// The loop calls its function for each element: for functions whose arithmetic costs more than that call.

import type { GradientContext, Operator, Value, ValueInfo } from '../contract.ts'
import { info } from '../operator.ts'
import { requireInputs } from './_check.ts'

/** The shape and dtype of the first input. */
export const inferSame: Operator['infer'] = (inputs, _, what) => {
  const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
  return [info(x.dtype, x.shape)]
}

/** The input, the output and the output's gradient of an operator of one input. */
export function partsOf(g: GradientContext): { x: Value; y: Value; dy: Value } {
  return { x: g.inputs[0]!, y: g.outputs[0]!, dy: g.grads[0]! }
}

/** A kernel that applies `f` to each element. */
export function loopOf(f: (x: number) => number): NonNullable<Operator['kernel']> {
  return ({ inputs: [x], outputs: [y] }) => {
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = f(from[i]!)
    }
  }
}
