// Activations that are more than a clipped line: Erf, Gelu, Mish, Swish, Selu, Celu; and such as are: HardSigmoid, HardSwish,
// PRelu, ThresholdedRelu, Shrink. Those of elementwise.ts stand there (Elu, Softplus, Softsign, LeakyRelu …).
// Source: ONNX operators of these names. At a kink a gradient is that of the flatter side.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { broadcast, formatShape } from '../shape.ts'
import { apply, scalarLike } from '../value.ts'
import { planBinary, sumTo } from './_broadcast.ts'
import { requireInputs, requireSameDtype } from './_check.ts'
import { erf } from './_erf.ts'
import { inferSame, loopOf, partsOf } from './_pointwise.ts'
import { add, div, max, min, mul, sub } from './arithmetic.ts'
import { cast } from './cast.ts'
import { and, greater, less, where } from './compare.ts'
import { abs, exp, neg, sigmoid, softplus, tanh } from './elementwise.ts'

const root2 = Math.SQRT2
const gaussian = 1 / Math.sqrt(2 * Math.PI)

const times = (x: Value, factor: number): Value => mul(x, scalarLike(x, factor))
const plus = (x: Value, term: number): Value => add(x, scalarLike(x, term))
const positive = (x: Value): Value => greater(x, scalarLike(x, 0))

export const erfOperator: Operator = {
  name: 'Erf',
  infer: inferSame,
  gradient(g) {
    const { x, dy } = partsOf(g)
    return [mul(dy, times(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI)))]
  },
  kernel: loopOf(erf),
}

// tanh(√(2/π)·(x + 0.044715·x³)) stands for erf(x/√2) in the approximate form.
const bend = 0.044715
const slope = Math.sqrt(2 / Math.PI)

const isTanh = (attributes: Attributes, what: string): boolean => {
  const form = attribute<string>(attributes, 'approximate', 'none')
  if (form === 'none' || form === 'tanh') return form === 'tanh'
  throw new FrostglassError('unsupported', `${what}: approximate '${form}' is not one of none, tanh`)
}

export const geluOperator: Operator = {
  name: 'Gelu',
  attributes: { approximate: 'string' },
  infer(inputs, attributes, what) {
    isTanh(attributes, what)
    return inferSame(inputs, attributes, what)
  },
  gradient(g) {
    const { x, dy } = partsOf(g)
    const square = mul(x, x)
    if (!isTanh(g.attributes, 'Gelu')) {
      const share = times(plus(apply(erfOperator, [times(x, 1 / root2)]), 1), 0.5)
      return [mul(dy, add(share, mul(x, times(exp(times(square, -0.5)), gaussian))))]
    }
    const t = tanh(mul(x, plus(times(square, slope * bend), slope)))
    const inner = plus(times(square, 3 * slope * bend), slope)
    const rise = mul(mul(x, inner), sub(scalarLike(x, 1), mul(t, t)))
    return [mul(dy, times(plus(add(t, rise), 1), 0.5))]
  },
  kernel(k) {
    const byTanh = (x: number) => 0.5 * x * (1 + Math.tanh(slope * (x + bend * x * x * x)))
    const exact = (x: number) => 0.5 * x * (1 + erf(x / root2))
    return loopOf(isTanh(k.attributes, 'Gelu') ? byTanh : exact)(k)
  },
}

/** x·σ(x). ONNX Runtime fuses a product with Sigmoid into one operator, of which it has no double form; a quotient it leaves. */
const gated = (x: Value): Value => div(x, plus(exp(neg(x)), 1))

export const mishOperator: Operator = {
  name: 'Mish',
  infer: inferSame,
  gradient(g) {
    const { x, dy } = partsOf(g)
    const t = tanh(softplus(x))
    return [mul(dy, add(t, mul(gated(x), sub(scalarLike(x, 1), mul(t, t)))))]
  },
  kernel: loopOf((x) => x * Math.tanh(Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))))),
}

export const swishOperator: Operator = {
  name: 'Swish',
  attributes: { alpha: 'float' },
  infer: inferSame,
  gradient(g) {
    const { x, dy } = partsOf(g)
    const scaled = times(x, attribute(g.attributes, 'alpha', 1))
    const s = sigmoid(scaled)
    return [mul(dy, add(s, mul(gated(scaled), sub(scalarLike(x, 1), s))))]
  },
  kernel(k) {
    const alpha = attribute(k.attributes, 'alpha', 1)
    return loopOf((x) => x / (1 + Math.exp(-alpha * x)))(k)
  },
}

// Both as ONNX states them, in float32.
const seluAlpha = 1.6732631921768188
const seluGamma = 1.0507010221481323

export const seluOperator: Operator = {
  name: 'Selu',
  attributes: { alpha: 'float', gamma: 'float' },
  infer: inferSame,
  gradient(g) {
    const { x, y, dy } = partsOf(g)
    const alpha = attribute(g.attributes, 'alpha', seluAlpha)
    const gamma = attribute(g.attributes, 'gamma', seluGamma)
    return [where(positive(x), times(dy, gamma), mul(dy, plus(y, alpha * gamma)))]
  },
  kernel(k) {
    const alpha = attribute(k.attributes, 'alpha', seluAlpha)
    const gamma = attribute(k.attributes, 'gamma', seluGamma)
    return loopOf((x) => gamma * (x > 0 ? x : alpha * Math.expm1(x)))(k)
  },
}

export const celuOperator: Operator = {
  name: 'Celu',
  attributes: { alpha: 'float' },
  infer: inferSame,
  gradient(g) {
    const { x, y, dy } = partsOf(g)
    const rest = plus(times(y, 1 / attribute(g.attributes, 'alpha', 1)), 1)
    return [where(positive(x), dy, mul(dy, rest))]
  },
  kernel(k) {
    const alpha = attribute(k.attributes, 'alpha', 1)
    return loopOf((x) => (x > 0 ? x : alpha * Math.expm1(x / alpha)))(k)
  },
}

/** 1 strictly between the bounds, as a number of the dtype of `dy`. */
const inside = (x: Value, low: number, high: number, dy: Value): Value =>
  cast(and(greater(x, scalarLike(x, low)), less(x, scalarLike(x, high))), dy.dtype)

export const hardSigmoidOperator: Operator = {
  name: 'HardSigmoid',
  attributes: { alpha: 'float', beta: 'float' },
  infer: inferSame,
  gradient(g) {
    const { y, dy } = partsOf(g)
    return [mul(dy, times(inside(y, 0, 1, dy), attribute(g.attributes, 'alpha', Math.fround(0.2))))]
  },
  kernel(k) {
    const alpha = attribute(k.attributes, 'alpha', Math.fround(0.2))
    const beta = attribute(k.attributes, 'beta', 0.5)
    return loopOf((x) => Math.max(0, Math.min(1, alpha * x + beta)))(k)
  },
}

export const hardSwishOperator: Operator = {
  name: 'HardSwish',
  infer: inferSame,
  gradient(g) {
    const { x, dy } = partsOf(g)
    const gate = max(min(plus(times(x, 1 / 6), 0.5), scalarLike(x, 1)), scalarLike(x, 0))
    return [mul(dy, add(gate, mul(times(x, 1 / 6), inside(x, -3, 3, dy))))]
  },
  kernel: loopOf((x) => x * Math.max(0, Math.min(1, x / 6 + 0.5))),
}

export const preluOperator: Operator = {
  name: 'PRelu',
  infer(inputs, _, what) {
    const [x, slopes] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    requireSameDtype(x, slopes, what)
    const shape = broadcast(x.shape, slopes.shape, what)
    const grows = shape.length > x.shape.length || x.shape.some((d, i) => d === 1 && shape[i] !== 1)
    if (grows) {
      throw new FrostglassError(
        'shape',
        `${what}: slopes of shape ${formatShape(slopes.shape)} do not fit into ${formatShape(x.shape)}`,
        'Give the slopes a shape that broadcasts to the input, such as [channels, 1, 1].',
      )
    }
    return [info(x.dtype, x.shape)]
  },
  gradient({ inputs, grads, needs }) {
    const [x, slopes] = inputs as [Value, Value]
    const dy = grads[0]!
    const above = positive(x)
    return [
      needs[0] ? where(above, dy, mul(dy, slopes)) : undefined,
      needs[1] ? sumTo(where(above, scalarLike(dy, 0), mul(dy, x)), slopes) : undefined,
    ]
  },
  kernel(k) {
    const { a, b, out, n, tables } = planBinary(k)
    return () => {
      for (let i = 0; i < n; i++) {
        const x = a[i]!
        out[i] = x < 0 ? x * b[tables ? tables.b[i]! : i]! : x
      }
    }
  },
}

export const thresholdedReluOperator: Operator = {
  name: 'ThresholdedRelu',
  attributes: { alpha: 'float' },
  infer: inferSame,
  gradient(g) {
    const { x, dy } = partsOf(g)
    const over = greater(x, scalarLike(x, attribute(g.attributes, 'alpha', 1)))
    return [mul(dy, cast(over, dy.dtype))]
  },
  kernel(k) {
    const alpha = attribute(k.attributes, 'alpha', 1)
    return loopOf((x) => (x > alpha ? x : 0))(k)
  },
}

export const shrinkOperator: Operator = {
  name: 'Shrink',
  attributes: { bias: 'float', lambd: 'float' },
  infer: inferSame,
  gradient(g) {
    const { x, dy } = partsOf(g)
    const over = greater(abs(x), scalarLike(x, attribute(g.attributes, 'lambd', 0.5)))
    return [mul(dy, cast(over, dy.dtype))]
  },
  kernel(k) {
    const bias = attribute(k.attributes, 'bias', 0)
    const bound = attribute(k.attributes, 'lambd', 0.5)
    return loopOf((x) => {
      if (x < -bound) return x + bias
      return x > bound ? x - bias : 0
    })(k)
  },
}

/** x·Φ(x), where Φ is the normal distribution's function; by its approximation with tanh if asked. */
export const gelu = (x: Value, approximate: 'none' | 'tanh' = 'none'): Value =>
  apply(geluOperator, [x], { approximate })

export const activationOperators: readonly Operator[] = [
  erfOperator,
  geluOperator,
  mishOperator,
  swishOperator,
  seluOperator,
  celuOperator,
  hardSigmoidOperator,
  hardSwishOperator,
  preluOperator,
  thresholdedReluOperator,
  shrinkOperator,
]
