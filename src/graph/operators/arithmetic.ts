// Arithmetic of two inputs with broadcasting: Add, Sub, Mul, Div, Pow, Min, Max.
// Source: ONNX operators of these names (opset 13 and later). Kernels are one loop each, so that V8 sees one type.
// Min and Max take two inputs here; imported ones with more are folded into pairs by the reader.

import { FrostglassError } from '../../errors.ts'
import type { GradientContext, Operator, Value, ValueInfo } from '../contract.ts'
import { isInteger, multiplier } from '../integers.ts'
import { info } from '../operator.ts'
import { broadcast } from '../shape.ts'
import { isFloat } from '../tensor.ts'
import { apply, scalarLike } from '../value.ts'
import { planBinary, sumTo } from './_broadcast.ts'
import { requireInputs, requireSameDtype } from './_check.ts'
import { integerBinary, integerDivide, integerPower, withoutMinusOne } from './_integers.ts'
import { cast } from './cast.ts'
import { and, equal, greater, greaterOrEqual, where } from './compare.ts'
import { log, neg } from './elementwise.ts'

/** @throws FrostglassError `shape` for more inputs than two: ONNX Runtime computes those, or ends the process where one is not there. */
function requireTwo(inputs: readonly (ValueInfo | undefined)[], what: string): [ValueInfo, ValueInfo] {
  const present = requireInputs(inputs, Math.max(2, inputs.length), what)
  if (present.length === 2) return present as [ValueInfo, ValueInfo]
  throw new FrostglassError(
    'shape',
    `${what}: expected 2 inputs, got ${inputs.length}`,
    'Apply it to two at a time.',
  )
}

function inferBinary(inputs: readonly (ValueInfo | undefined)[], what: string): readonly ValueInfo[] {
  const [a, b] = requireTwo(inputs, what)
  requireSameDtype(a, b, what)
  return [info(a.dtype, broadcast(a.shape, b.shape, what))]
}

function operands(g: GradientContext): {
  a: Value
  b: Value
  y: Value
  dy: Value
  needsA: boolean
  needsB: boolean
} {
  return {
    a: g.inputs[0]!,
    b: g.inputs[1]!,
    y: g.outputs[0]!,
    dy: g.grads[0]!,
    needsA: g.needs[0] === true,
    needsB: g.needs[1] === true,
  }
}

export const addOperator: Operator = {
  name: 'Add',
  infer: (inputs, _, what) => inferBinary(inputs, what),
  gradient(g) {
    const { a, b, dy, needsA, needsB } = operands(g)
    return [needsA ? sumTo(dy, a) : undefined, needsB ? sumTo(dy, b) : undefined]
  },
  kernel(k) {
    const { a, b, out, n, tables } = planBinary(k)
    if (!tables) {
      return () => {
        for (let i = 0; i < n; i++) out[i] = a[i]! + b[i]!
      }
    }
    const { a: ia, b: ib } = tables
    return () => {
      for (let i = 0; i < n; i++) out[i] = a[ia[i]!]! + b[ib[i]!]!
    }
  },
}

export const subOperator: Operator = {
  name: 'Sub',
  infer: (inputs, _, what) => inferBinary(inputs, what),
  gradient(g) {
    const { a, b, dy, needsA, needsB } = operands(g)
    return [needsA ? sumTo(dy, a) : undefined, needsB ? neg(sumTo(dy, b)) : undefined]
  },
  kernel(k) {
    const { a, b, out, n, tables } = planBinary(k)
    if (!tables) {
      return () => {
        for (let i = 0; i < n; i++) out[i] = a[i]! - b[i]!
      }
    }
    const { a: ia, b: ib } = tables
    return () => {
      for (let i = 0; i < n; i++) out[i] = a[ia[i]!]! - b[ib[i]!]!
    }
  },
}

export const mulOperator: Operator = {
  name: 'Mul',
  infer: (inputs, _, what) => inferBinary(inputs, what),
  gradient(g) {
    const { a, b, dy, needsA, needsB } = operands(g)
    return [needsA ? sumTo(mul(dy, b), a) : undefined, needsB ? sumTo(mul(dy, a), b) : undefined]
  },
  kernel(k) {
    if (isInteger(k.outputs[0]!.dtype)) return integerBinary(k, multiplier(k.outputs[0]!.dtype))
    const { a, b, out, n, tables } = planBinary(k)
    if (!tables) {
      return () => {
        for (let i = 0; i < n; i++) out[i] = a[i]! * b[i]!
      }
    }
    const { a: ia, b: ib } = tables
    return () => {
      for (let i = 0; i < n; i++) out[i] = a[ia[i]!]! * b[ib[i]!]!
    }
  },
}

export const divOperator: Operator = {
  name: 'Div',
  infer: (inputs, _, what) => inferBinary(inputs, what),
  gradient(g) {
    const { a, b, y, dy, needsA, needsB } = operands(g)
    const byA = div(dy, b)
    return [needsA ? sumTo(byA, a) : undefined, needsB ? neg(sumTo(mul(byA, y), b)) : undefined]
  },
  lower([a, b]) {
    const safe = b && withoutMinusOne(b)
    return safe && [where(safe.turns, neg(a!), div(a!, safe.divisor))]
  },
  kernel(k) {
    if (isInteger(k.outputs[0]!.dtype)) return integerBinary(k, integerDivide)
    const { a, b, out, n, tables } = planBinary(k)
    if (!tables) {
      return () => {
        for (let i = 0; i < n; i++) out[i] = a[i]! / b[i]!
      }
    }
    const { a: ia, b: ib } = tables
    return () => {
      for (let i = 0; i < n; i++) out[i] = a[ia[i]!]! / b[ib[i]!]!
    }
  },
}

/** The one number that a constant holds; undefined for anything else. */
function numberOf(v: Value): number | undefined {
  const data = v.kind === 'constant' ? v.tensor?.data : undefined
  return data?.length === 1 ? Number(data[0]) : undefined
}

/** dy · b · a^(b − 1), which is 0 for an exponent of 0 wherever `a` is. */
function powByBase(a: Value, b: Value, dy: Value): Value {
  const exponent = numberOf(b)
  if (exponent === 1) return dy
  if (exponent === 2) return mul(dy, mul(scalarLike(a, 2), a))
  const power = cast(b, a.dtype)
  const slope = mul(dy, mul(power, pow(a, sub(power, scalarLike(power, 1)))))
  if (exponent !== undefined && exponent !== 0) return slope
  return where(equal(power, scalarLike(power, 0)), scalarLike(dy, 0), slope)
}

/** dy · a^b · ln a, which is 0 where `a` is 0 and the exponent is not negative. */
function powByExponent(a: Value, b: Value, y: Value, dy: Value): Value {
  const flat = and(equal(a, scalarLike(a, 0)), greaterOrEqual(b, scalarLike(b, 0)))
  return where(flat, scalarLike(dy, 0), mul(dy, mul(y, cast(log(a), y.dtype))))
}

export const powOperator: Operator = {
  name: 'Pow',
  infer(inputs, _, what) {
    const [a, b] = requireTwo(inputs, what)
    return [info(a.dtype, broadcast(a.shape, b.shape, what))]
  },
  gradient(g) {
    const { a, b, y, dy, needsA, needsB } = operands(g)
    return [
      needsA ? sumTo(powByBase(a, b, dy), a) : undefined,
      needsB && isFloat(b.dtype) ? sumTo(cast(powByExponent(a, b, y, dy), b.dtype), b) : undefined,
    ]
  },
  kernel(k) {
    if (isInteger(k.outputs[0]!.dtype)) return integerBinary(k, integerPower(k.outputs[0]!.dtype))
    const { a, b, out, n, tables } = planBinary(k)
    return () => {
      for (let i = 0; i < n; i++) {
        const base = a[tables ? tables.a[i]! : i]!
        const power = b[tables ? tables.b[i]! : i]!
        // JavaScript's 1 to the power NaN or ∞ is NaN; that of IEEE 754, which ONNX follows, is 1.
        const one = base === 1 || (base === -1 && Math.abs(power) === Infinity)
        out[i] = one ? 1 : base ** power
      }
    }
  },
}

/** Both sides of a minimum or maximum: the gradient goes where `wins`, and half of it to each of a tie. */
function sided(g: GradientContext, wins: (a: Value, b: Value) => Value): (Value | undefined)[] {
  const { a, b, dy, needsA, needsB } = operands(g)
  const zero = scalarLike(dy, 0)
  const half = mul(dy, scalarLike(dy, 0.5))
  const tie = where(equal(a, b), half, zero)
  return [
    needsA ? sumTo(where(wins(a, b), dy, tie), a) : undefined,
    needsB ? sumTo(where(wins(b, a), dy, tie), b) : undefined,
  ]
}

export const minOperator: Operator = {
  name: 'Min',
  infer: (inputs, _, what) => inferBinary(inputs, what),
  gradient: (g) => sided(g, (a, b) => greater(b, a)),
  kernel(k) {
    const { a, b, out, n, tables } = planBinary(k)
    return () => {
      for (let i = 0; i < n; i++) {
        const x = a[tables ? tables.a[i]! : i]!
        const y = b[tables ? tables.b[i]! : i]!
        out[i] = x < y || Number.isNaN(x) ? x : y
      }
    }
  },
}

export const maxOperator: Operator = {
  name: 'Max',
  infer: (inputs, _, what) => inferBinary(inputs, what),
  gradient: (g) => sided(g, greater),
  kernel(k) {
    const { a, b, out, n, tables } = planBinary(k)
    return () => {
      for (let i = 0; i < n; i++) {
        const x = a[tables ? tables.a[i]! : i]!
        const y = b[tables ? tables.b[i]! : i]!
        out[i] = x > y || Number.isNaN(x) ? x : y
      }
    }
  },
}

/** a + b, broadcasting. */
export const add = (a: Value, b: Value): Value => apply(addOperator, [a, b])
/** a − b, broadcasting. */
export const sub = (a: Value, b: Value): Value => apply(subOperator, [a, b])
/** a · b elementwise, broadcasting. */
export const mul = (a: Value, b: Value): Value => apply(mulOperator, [a, b])
/** a / b elementwise, broadcasting; truncated for integers. */
export const div = (a: Value, b: Value): Value => apply(divOperator, [a, b])
/** a to the power b, elementwise, broadcasting. */
export const pow = (a: Value, b: Value): Value => apply(powOperator, [a, b])
/** The smaller of each pair; each side of a tie gets half of its gradient. */
export const min = (a: Value, b: Value): Value => apply(minOperator, [a, b])
/** The larger of each pair; each side of a tie gets half of its gradient. */
export const max = (a: Value, b: Value): Value => apply(maxOperator, [a, b])

export const arithmeticOperators: readonly Operator[] = [
  addOperator,
  subOperator,
  mulOperator,
  divOperator,
  powOperator,
  minOperator,
  maxOperator,
]
