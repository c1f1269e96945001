// Arithmetic of two inputs with broadcasting: Add, Sub, Mul, Div, Pow, Min, Max.
// Source: ONNX operators of these names (opset 13 and later). Kernels are one loop each, so that V8 sees one type.
// Min and Max take two inputs here; imported ones with more are folded into pairs by the reader.

import type { GradientContext, KernelContext, Operator, Value, ValueInfo } from '../contract.ts'
import { info } from '../operator.ts'
import { broadcast } from '../shape.ts'
import { apply, scalarLike } from '../value.ts'
import { planBinary, sumTo } from './_broadcast.ts'
import { requireInputs, requireSameDtype } from './_check.ts'
import { greaterOrEqual, less, where } from './compare.ts'
import { log, neg } from './elementwise.ts'

function inferBinary(inputs: readonly (ValueInfo | undefined)[], what: string): readonly ValueInfo[] {
  const [a, b] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
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
  kernel(k) {
    const { a, b, out, n, tables } = planBinary(k)
    if (k.outputs[0]?.dtype.includes('int')) return truncatedDivision(k)
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

function truncatedDivision(k: KernelContext): () => void {
  const { a, b, out, n, tables } = planBinary(k)
  return () => {
    for (let i = 0; i < n; i++) {
      out[i] = Math.trunc(a[tables ? tables.a[i]! : i]! / b[tables ? tables.b[i]! : i]!)
    }
  }
}

export const powOperator: Operator = {
  name: 'Pow',
  infer(inputs, _, what) {
    const [a, b] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    return [info(a.dtype, broadcast(a.shape, b.shape, what))]
  },
  gradient(g) {
    const { a, b, y, dy, needsA, needsB } = operands(g)
    return [
      needsA ? sumTo(mul(dy, mul(b, pow(a, sub(b, scalarLike(b, 1))))), a) : undefined,
      needsB ? sumTo(mul(dy, mul(y, log(a))), b) : undefined,
    ]
  },
  kernel(k) {
    const { a, b, out, n, tables } = planBinary(k)
    return () => {
      for (let i = 0; i < n; i++) {
        out[i] = a[tables ? tables.a[i]! : i]! ** b[tables ? tables.b[i]! : i]!
      }
    }
  },
}

export const minOperator: Operator = {
  name: 'Min',
  infer: (inputs, _, what) => inferBinary(inputs, what),
  gradient(g) {
    const { a, b, dy, needsA, needsB } = operands(g)
    const zero = scalarLike(dy, 0)
    const first = less(a, b)
    return [
      needsA ? sumTo(where(first, dy, zero), a) : undefined,
      needsB ? sumTo(where(first, zero, dy), b) : undefined,
    ]
  },
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
  gradient(g) {
    const { a, b, dy, needsA, needsB } = operands(g)
    const zero = scalarLike(dy, 0)
    const first = greaterOrEqual(a, b)
    return [
      needsA ? sumTo(where(first, dy, zero), a) : undefined,
      needsB ? sumTo(where(first, zero, dy), b) : undefined,
    ]
  },
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
/** The smaller of each pair; a tie's gradient goes to b. */
export const min = (a: Value, b: Value): Value => apply(minOperator, [a, b])
/** The larger of each pair; a tie's gradient goes to a. */
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
