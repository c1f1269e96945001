// Functions of one input, element by element: Neg, Abs, Sign, Sqrt, Exp, Log, Reciprocal, Clip, and the activations.
// Source: ONNX operators of these names (opset 13 and later).
// Each kernel is a loop of its own: a shared loop that calls a function would cost a call an element.

import { FrostglassError } from '../../errors.ts'
import type { GradientContext, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { formatShape, hasRank, isUnknown } from '../shape.ts'
import type { DType } from '../tensor.ts'
import { apply, scalarLike } from '../value.ts'
import { fillsBlocks, positiveOf } from './_blocked.ts'
import { requireInputs } from './_check.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { cast } from './cast.ts'
import { and, greater, greaterOrEqual, less, lessOrEqual, where } from './compare.ts'
import { isKnown } from './conv.ts'
import { reduceSum } from './reduce.ts'
import { reshapeLike } from './view.ts'

const inferSame: Operator['infer'] = (inputs, _, what) => {
  const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
  return [info(x.dtype, x.shape)]
}

/** The input, output and output gradient of a one-input operator. */
function parts(g: GradientContext): { x: Value; y: Value; dy: Value } {
  return { x: g.inputs[0]!, y: g.outputs[0]!, dy: g.grads[0]! }
}

export const negOperator: Operator = {
  name: 'Neg',
  infer: inferSame,
  gradient: (g) => [neg(parts(g).dy)],
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = -from[i]!
    }
  },
}

export const absOperator: Operator = {
  name: 'Abs',
  infer: inferSame,
  gradient(g) {
    const { x, dy } = parts(g)
    return [mul(dy, sign(x))]
  },
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = Math.abs(from[i]!)
    }
  },
}

export const signOperator: Operator = {
  name: 'Sign',
  infer: inferSame,
  gradient: 'none',
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = Math.sign(from[i]!)
    }
  },
}

export const sqrtOperator: Operator = {
  name: 'Sqrt',
  infer: inferSame,
  gradient(g) {
    const { y, dy } = parts(g)
    return [div(mul(dy, scalarLike(dy, 0.5)), y)]
  },
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = Math.sqrt(from[i]!)
    }
  },
}

export const expOperator: Operator = {
  name: 'Exp',
  infer: inferSame,
  gradient(g) {
    const { y, dy } = parts(g)
    return [mul(dy, y)]
  },
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = Math.exp(from[i]!)
    }
  },
}

export const logOperator: Operator = {
  name: 'Log',
  infer: inferSame,
  gradient(g) {
    const { x, dy } = parts(g)
    return [div(dy, x)]
  },
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = Math.log(from[i]!)
    }
  },
}

export const reciprocalOperator: Operator = {
  name: 'Reciprocal',
  infer: inferSame,
  gradient(g) {
    const { y, dy } = parts(g)
    return [neg(mul(dy, mul(y, y)))]
  },
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = 1 / from[i]!
    }
  },
}

// ONNX Runtime convolves in blocks where it knows the filters.
const isBlockedConv = ({ node }: Value): boolean => node?.operator.name === 'Conv' && isKnown(node.inputs[1]!)

export const reluOperator: Operator = {
  name: 'Relu',
  infer: inferSame,
  // From the output, so that the input need not be kept. ONNX Runtime at [128, 32, 26, 26]: 2.3 ms so, 3.5 with Where,
  // 4.1 as the product with Sign(y); all half of that or less where the tensors stay in cache.
  gradient(g) {
    const { x, y, dy } = parts(g)
    if (fillsBlocks(y) && isBlockedConv(x) && isBlockedConv(dy)) return [mul(dy, positiveOf(y))]
    return [mul(dy, cast(greater(y, scalarLike(y, 0)), dy.dtype))]
  },
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) {
        const v = from[i]!
        to[i] = Math.max(v, 0)
      }
    }
  },
}

export const leakyReluOperator: Operator = {
  name: 'LeakyRelu',
  attributes: { alpha: 'float' },
  infer: inferSame,
  gradient(g) {
    const { x, dy } = parts(g)
    const alpha = scalarLike(dy, attribute(g.attributes, 'alpha', 0.01))
    return [where(greater(x, scalarLike(x, 0)), dy, mul(dy, alpha))]
  },
  kernel({ inputs: [x], outputs: [y], attributes }) {
    const alpha = attribute(attributes, 'alpha', 0.01)
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) {
        const v = from[i]!
        to[i] = v < 0 ? alpha * v : v
      }
    }
  },
}

export const eluOperator: Operator = {
  name: 'Elu',
  attributes: { alpha: 'float' },
  infer: inferSame,
  gradient(g) {
    const { x, y, dy } = parts(g)
    const alpha = scalarLike(dy, attribute(g.attributes, 'alpha', 1))
    return [where(greater(x, scalarLike(x, 0)), dy, mul(dy, add(y, alpha)))]
  },
  kernel({ inputs: [x], outputs: [y], attributes }) {
    const alpha = attribute(attributes, 'alpha', 1)
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) {
        const v = from[i]!
        to[i] = v < 0 ? alpha * Math.expm1(v) : v
      }
    }
  },
}

export const softplusOperator: Operator = {
  name: 'Softplus',
  infer: inferSame,
  gradient(g) {
    const { x, dy } = parts(g)
    return [mul(dy, sigmoid(x))]
  },
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) {
        const v = from[i]!
        to[i] = Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)))
      }
    }
  },
}

export const softsignOperator: Operator = {
  name: 'Softsign',
  infer: inferSame,
  gradient(g) {
    const { x, dy } = parts(g)
    const scale = add(abs(x), scalarLike(x, 1))
    return [div(dy, mul(scale, scale))]
  },
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) {
        const v = from[i]!
        to[i] = v / (1 + Math.abs(v))
      }
    }
  },
}

export const sigmoidOperator: Operator = {
  name: 'Sigmoid',
  infer: inferSame,
  gradient(g) {
    const { y, dy } = parts(g)
    return [mul(dy, mul(y, sub(scalarLike(y, 1), y)))]
  },
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = 1 / (1 + Math.exp(-from[i]!))
    }
  },
}

export const tanhOperator: Operator = {
  name: 'Tanh',
  infer: inferSame,
  gradient(g) {
    const { y, dy } = parts(g)
    return [mul(dy, sub(scalarLike(y, 1), mul(y, y)))]
  },
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = Math.tanh(from[i]!)
    }
  },
}

const largest: Partial<Record<DType, number>> = {
  float64: Number.MAX_VALUE,
  float32: (2 - 2 ** -23) * 2 ** 127,
  float16: 65504,
  bfloat16: (2 - 2 ** -7) * 2 ** 127,
}

export const clipOperator: Operator = {
  name: 'Clip',
  infer(inputs, attributes, what) {
    for (const bound of inputs.slice(1)) {
      if (!bound || !hasRank(bound.shape) || bound.shape.every((d) => d === 1 || isUnknown(d))) continue
      throw new FrostglassError(
        'shape',
        `${what}: a bound of shape ${formatShape(bound.shape)}`,
        'Clip by one number; take max and min for several.',
      )
    }
    return inferSame(inputs, attributes, what)
  },
  gradient(g) {
    const { y, dy } = parts(g)
    const [, low, high] = g.inputs
    // From the output, as for Relu: so a convolution before it can take it in. (ONNX Runtime's LessOrEqual is slow too.)
    const above = low && greater(y, low)
    const below = high && less(y, high)
    const inside = above && below ? and(above, below) : (above ?? below)
    const masked = (mask: Value) => mul(dy, cast(mask, dy.dtype))
    // A lower bound above the upper one is never what comes out.
    const atLow = () => (high ? and(lessOrEqual(y, low!), less(low!, high)) : lessOrEqual(y, low!))
    return [
      inside ? masked(inside) : dy,
      g.needs[1] ? reshapeLike(reduceSum(masked(atLow())), low!) : undefined,
      g.needs[2] ? reshapeLike(reduceSum(masked(greaterOrEqual(y, high!))), high!) : undefined,
    ]
  },
  kernel({ inputs: [x, low, high], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    // A bound that is left out is the last number of the dtype, so that an infinity becomes that.
    const last = largest[y!.dtype] ?? Infinity
    const bottom = low?.data ?? Float64Array.of(-last)
    const top = high?.data ?? Float64Array.of(last)
    return () => {
      const lo = bottom[0]!
      const hi = top[0]!
      for (let i = 0; i < to.length; i++) {
        const v = from[i]!
        const raised = v < lo ? lo : v
        to[i] = raised > hi ? hi : raised
      }
    }
  },
}

/** −x. */
export const neg = (x: Value): Value => apply(negOperator, [x])
/** |x|; the gradient at 0 is 0. */
export const abs = (x: Value): Value => apply(absOperator, [x])
/** −1, 0 or 1. */
export const sign = (x: Value): Value => apply(signOperator, [x])
/** √x. */
export const sqrt = (x: Value): Value => apply(sqrtOperator, [x])
/** eˣ. */
export const exp = (x: Value): Value => apply(expOperator, [x])
/** Natural logarithm. */
export const log = (x: Value): Value => apply(logOperator, [x])
/** 1 / x. */
export const reciprocal = (x: Value): Value => apply(reciprocalOperator, [x])
/** max(x, 0); the gradient at 0 is 0. */
export const relu = (x: Value): Value => apply(reluOperator, [x])
/** x above 0, alpha·x below. */
export const leakyRelu = (x: Value, alpha = 0.01): Value => apply(leakyReluOperator, [x], { alpha })
/** x above 0, alpha·(eˣ − 1) below. */
export const elu = (x: Value, alpha = 1): Value => apply(eluOperator, [x], { alpha })
/** log(1 + eˣ). */
export const softplus = (x: Value): Value => apply(softplusOperator, [x])
/** x / (1 + |x|). */
export const softsign = (x: Value): Value => apply(softsignOperator, [x])
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = (x: Value): Value => apply(sigmoidOperator, [x])
/** Hyperbolic tangent. */
export const tanh = (x: Value): Value => apply(tanhOperator, [x])
/** x limited to [low, high]; the gradient by x is 0 at both and outside. */
export const clip = (x: Value, low: number, high: number): Value =>
  apply(clipOperator, [x, scalarLike(x, low), scalarLike(x, high)])

export const elementwiseOperators: readonly Operator[] = [
  negOperator,
  absOperator,
  signOperator,
  sqrtOperator,
  expOperator,
  logOperator,
  reciprocalOperator,
  reluOperator,
  leakyReluOperator,
  eluOperator,
  softplusOperator,
  softsignOperator,
  sigmoidOperator,
  tanhOperator,
  clipOperator,
]
