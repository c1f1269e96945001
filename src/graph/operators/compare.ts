// Comparisons, logic and Where.
// Source: ONNX Greater, GreaterOrEqual, Less, LessOrEqual, Equal, And, Or, Not, Where.
// Comparisons are constant almost everywhere, so no gradient flows through them.

import { FrostglassError } from '../../errors.ts'
import type { Operator, Value, ValueInfo } from '../contract.ts'
import { info } from '../operator.ts'
import { broadcast } from '../shape.ts'
import { apply, scalarLike } from '../value.ts'
import { planBinary, readTable, sumTo } from './_broadcast.ts'
import { requireInputs, requireSameDtype } from './_check.ts'

function inferComparison(inputs: readonly (ValueInfo | undefined)[], what: string): readonly ValueInfo[] {
  const [a, b] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
  requireSameDtype(a, b, what)
  return [info('bool', broadcast(a.shape, b.shape, what))]
}

// These run once an element on masks, never in an inner product, so one loop with a called predicate is fast enough.
function comparison(name: string, holds: (x: number, y: number) => boolean): Operator {
  return {
    name,
    infer: (inputs, _, what) => inferComparison(inputs, what),
    gradient: 'none',
    kernel(k) {
      const { a, b, out, n, tables } = planBinary(k)
      return () => {
        for (let i = 0; i < n; i++) {
          const x = a[tables ? tables.a[i]! : i]!
          const y = b[tables ? tables.b[i]! : i]!
          out[i] = holds(x, y) ? 1 : 0
        }
      }
    },
  }
}

export const greaterOperator = comparison('Greater', (x, y) => x > y)
export const greaterOrEqualOperator = comparison('GreaterOrEqual', (x, y) => x >= y)
export const lessOperator = comparison('Less', (x, y) => x < y)
export const lessOrEqualOperator = comparison('LessOrEqual', (x, y) => x <= y)
export const equalOperator = comparison('Equal', (x, y) => x === y)
export const andOperator = comparison('And', (x, y) => x !== 0 && y !== 0)
export const orOperator = comparison('Or', (x, y) => x !== 0 || y !== 0)

export const notOperator: Operator = {
  name: 'Not',
  infer(inputs, _, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    return [info('bool', x.shape)]
  },
  gradient: 'none',
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = from[i] === 0 ? 1 : 0
    }
  },
}

export const whereOperator: Operator = {
  name: 'Where',
  infer(inputs, _, what) {
    const [condition, a, b] = requireInputs(inputs, 3, what) as [ValueInfo, ValueInfo, ValueInfo]
    requireSameDtype(a, b, what)
    if (condition.dtype !== 'bool') {
      throw new FrostglassError(
        'shape',
        `${what}: the condition must be bool, not ${condition.dtype}`,
        'Compare it with something.',
      )
    }
    return [info(a.dtype, broadcast(condition.shape, broadcast(a.shape, b.shape, what), what))]
  },
  gradient({ inputs, grads, needs }) {
    const [condition, a, b] = inputs as [Value, Value, Value]
    const dy = grads[0]!
    const zero = scalarLike(dy, 0)
    return [
      undefined,
      needs[1] ? sumTo(where(condition, dy, zero), a) : undefined,
      needs[2] ? sumTo(where(condition, zero, dy), b) : undefined,
    ]
  },
  kernel({ inputs: [c, a, b], outputs: [y] }) {
    const out = y!.data
    const ic = readTable(c!.shape, y!.shape)
    const ia = readTable(a!.shape, y!.shape)
    const ib = readTable(b!.shape, y!.shape)
    const condition = c!.data
    const yes = a!.data
    const no = b!.data
    return () => {
      for (let i = 0; i < out.length; i++) {
        out[i] = (condition[ic[i]!] !== 0 ? yes[ia[i]!] : no[ib[i]!]) as number
      }
    }
  },
}

/** a > b, elementwise, as bool. */
export const greater = (a: Value, b: Value): Value => apply(greaterOperator, [a, b])
/** a ≥ b, elementwise, as bool. */
export const greaterOrEqual = (a: Value, b: Value): Value => apply(greaterOrEqualOperator, [a, b])
/** a < b, elementwise, as bool. */
export const less = (a: Value, b: Value): Value => apply(lessOperator, [a, b])
/** a ≤ b, elementwise, as bool. */
export const lessOrEqual = (a: Value, b: Value): Value => apply(lessOrEqualOperator, [a, b])
/** a = b, elementwise, as bool. */
export const equal = (a: Value, b: Value): Value => apply(equalOperator, [a, b])
/** Both, elementwise. */
export const and = (a: Value, b: Value): Value => apply(andOperator, [a, b])
/** Either, elementwise. */
export const or = (a: Value, b: Value): Value => apply(orOperator, [a, b])
/** The opposite, elementwise. */
export const not = (x: Value): Value => apply(notOperator, [x])
/** `a` where the condition holds, else `b`; all three broadcast. */
export const where = (condition: Value, a: Value, b: Value): Value => apply(whereOperator, [condition, a, b])

export const compareOperators: readonly Operator[] = [
  greaterOperator,
  greaterOrEqualOperator,
  lessOperator,
  lessOrEqualOperator,
  equalOperator,
  andOperator,
  orOperator,
  notOperator,
  whereOperator,
]
