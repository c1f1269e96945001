// Integers bit by bit: BitShift, BitwiseAnd, BitwiseOr, BitwiseXor, BitwiseNot; Xor of booleans; Mod.
// Source: ONNX operators of these names (BitShift opset 11, Bitwise… 18, Xor 7, Mod 10).
// The plain executor holds integers in float64: of 64 bits those beyond 2^53 lose their last.

import { FrostglassError } from '../../errors.ts'
import type { Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, flag, info } from '../operator.ts'
import { broadcast } from '../shape.ts'
import { type DType, isFloat } from '../tensor.ts'
import { apply, constant, scalarLike } from '../value.ts'
import { planBinary, sumTo } from './_broadcast.ts'
import { requireInputs, requireSameDtype } from './_check.ts'
import { integerRemainder, withoutMinusOne } from './_integers.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { cast } from './cast.ts'
import { greaterOrEqual, less, or, where } from './compare.ts'
import { abs, neg, sign } from './elementwise.ts'
import { gather } from './gather.ts'
import { floorOperator } from './rounding.ts'

const half = 2 ** 32

/** Applies `f` to two numbers of 32 bits, so that it works for 64 too. */
function bitwise(dtype: DType, f: (a: number, b: number) => number): (a: number, b: number) => number {
  const signed = dtype.startsWith('int')
  if (!dtype.endsWith('64')) return signed ? (a, b) => f(a, b) | 0 : (a, b) => f(a, b) >>> 0
  return (a, b) => {
    const [highA, highB] = [Math.floor(a / half), Math.floor(b / half)]
    const low = f((a - highA * half) >>> 0, (b - highB * half) >>> 0) >>> 0
    const high = f(highA, highB)
    return (signed ? high | 0 : high >>> 0) * half + low
  }
}

const inferIntegers: Operator['infer'] = (inputs, _, what) => {
  const [a, b] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
  requireSameDtype(a, b, what)
  if (!a.dtype.includes('int')) {
    throw new FrostglassError('shape', `${what}: expected integers, got ${a.dtype}`, 'Cast them.')
  }
  return [info(a.dtype, broadcast(a.shape, b.shape, what))]
}

/** A kernel of two inputs; `f` is planned by dtype. */
function pairs(planned: (dtype: DType) => (a: number, b: number) => number): NonNullable<Operator['kernel']> {
  return (k) => {
    const { a, b, out, n, tables } = planBinary(k)
    const f = planned(k.inputs[0]!.dtype)
    return () => {
      for (let i = 0; i < n; i++) out[i] = f(a[tables ? tables.a[i]! : i]!, b[tables ? tables.b[i]! : i]!)
    }
  }
}

const bitwiseOperator = (name: string, f: (a: number, b: number) => number): Operator => ({
  name,
  infer: inferIntegers,
  gradient: 'none',
  kernel: pairs((dtype) => bitwise(dtype, f)),
})

export const bitwiseAndOperator = bitwiseOperator('BitwiseAnd', (a, b) => a & b)
export const bitwiseOrOperator = bitwiseOperator('BitwiseOr', (a, b) => a | b)
export const bitwiseXorOperator = bitwiseOperator('BitwiseXor', (a, b) => a ^ b)

const bitsOf = (dtype: DType): number => Number(/\d+$/.exec(dtype)?.[0] ?? 64)

export const bitwiseNotOperator: Operator = {
  name: 'BitwiseNot',
  infer(inputs, _, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    return inferIntegers([x, x], {}, what)
  },
  gradient: 'none',
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    const top = x!.dtype.startsWith('u') ? 2 ** bitsOf(x!.dtype) - 1 : -1
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = top - from[i]!
    }
  },
}

/** What is left of a whole number in so many bits. */
function wrapOf(dtype: DType): (x: number) => number {
  const size = 2 ** bitsOf(dtype)
  const top = dtype.startsWith('u') ? size : size / 2
  return (x) => {
    const rest = x - Math.floor(x / size) * size
    return rest >= top ? rest - size : rest
  }
}

// 2^0 to 2^62: all that are positive in 64 bits.
const powers = constant(
  BigInt64Array.from({ length: 63 }, (_, i) => 2n ** BigInt(i)),
  [63],
  'int64',
)

export const bitShiftOperator: Operator = {
  name: 'BitShift',
  attributes: { direction: 'string' },
  infer(inputs, attributes, what) {
    const direction = attribute<string>(attributes, 'direction', '')
    if (direction !== 'LEFT' && direction !== 'RIGHT') {
      throw new FrostglassError(
        'input',
        `${what}: direction '${direction}' is neither LEFT nor RIGHT`,
        'Export the model again.',
      )
    }
    return inferIntegers(inputs, attributes, what)
  },
  gradient: 'none',
  // ONNX Runtime shifts unsigned integers of 8, 32 and 64 bits only: a product with a power of two, or a quotient without its remainder.
  lower([x, by], attributes) {
    const { dtype } = x!
    if (!dtype.startsWith('int') && dtype !== 'uint16') return undefined
    const bits = bitsOf(dtype)
    const [wide, shift] = [cast(x!, 'int64'), cast(by!, 'int64')]
    const zero = scalarLike(wide, 0)
    const over = or(less(shift, zero), greaterOrEqual(shift, scalarLike(shift, Math.min(bits, 63))))
    const power = gather(powers, where(over, zero, shift))
    if (attributes['direction'] === 'LEFT' && bits < 64)
      return [cast(where(over, zero, mul(wide, power)), dtype)]
    if (attributes['direction'] === 'LEFT') return undefined
    const signs = where(less(wide, zero), scalarLike(wide, -1), zero)
    const whole = div(sub(wide, apply(modOperator, [wide, power])), power)
    return [cast(where(over, signs, whole), dtype)]
  },
  kernel(k) {
    const left = k.attributes['direction'] === 'LEFT'
    return pairs((dtype) => {
      const bits = bitsOf(dtype)
      const wrap = wrapOf(dtype)
      // A shift by as many bits as there are, or by a negative number, leaves nothing but the sign.
      const over = (by: number) => by < 0 || by >= bits
      if (left) return (a, b) => (over(b) ? 0 : wrap(a * 2 ** b))
      return (a, b) => Math.floor(over(b) ? Math.sign(a) / 2 : a / 2 ** b)
    })(k)
  },
}

export const xorOperator: Operator = {
  name: 'Xor',
  infer(inputs, _, what) {
    const [a, b] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    requireSameDtype(a, b, what)
    return [info('bool', broadcast(a.shape, b.shape, what))]
  },
  gradient: 'none',
  kernel: pairs(() => (a, b) => ((a !== 0) === (b !== 0) ? 0 : 1)),
}

// a − b·trunc(a / b), or a − b·floor(a / b).
function quotient(a: Value, b: Value, truncates: boolean): Value {
  const whole = div(a, b)
  return truncates ? mul(sign(whole), apply(floorOperator, [abs(whole)])) : apply(floorOperator, [whole])
}

/** ONNX Runtime takes remainders of floats as C does only: one of the other sign is a divisor away. */
function floored(a: Value, b: Value): Value {
  const rest = apply(modOperator, [a, b], { fmod: 1 })
  const differs = less(mul(sign(rest), sign(b)), scalarLike(rest, 0))
  return where(differs, add(rest, b), rest)
}

export const modOperator: Operator = {
  name: 'Mod',
  attributes: { fmod: 'int' },
  infer(inputs, _, what) {
    const [a, b] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    requireSameDtype(a, b, what)
    return [info(a.dtype, broadcast(a.shape, b.shape, what))]
  },
  gradient({ inputs, attributes, grads, needs }) {
    const [a, b] = inputs as [Value, Value]
    const dy = grads[0]!
    const times = quotient(a, b, flag(attributes, 'fmod'))
    return [needs[0] ? sumTo(dy, a) : undefined, needs[1] ? sumTo(neg(mul(dy, times)), b) : undefined]
  },
  lower([a, b], attributes) {
    if (isFloat(a!.dtype) && !flag(attributes, 'fmod')) return [floored(a!, b!)]
    const safe = b && withoutMinusOne(b)
    return safe && [where(safe.turns, scalarLike(b, 0), apply(modOperator, [a, safe.divisor], attributes))]
  },
  kernel(k) {
    const truncates = flag(k.attributes, 'fmod')
    return pairs((dtype) => {
      if (!isFloat(dtype)) return integerRemainder(truncates)
      if (truncates) return (a, b) => a % b
      // The sign is the divisor's, that of a zero too.
      return (a, b) => {
        const rest = a % b
        if (rest === 0) return b < 0 ? -0 : 0
        return rest < 0 === b < 0 ? rest : rest + b
      }
    })(k)
  },
}

export const bitOperators: readonly Operator[] = [
  bitShiftOperator,
  bitwiseAndOperator,
  bitwiseOrOperator,
  bitwiseXorOperator,
  bitwiseNotOperator,
  xorOperator,
  modOperator,
]
