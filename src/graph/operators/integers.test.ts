// Whole numbers on the plain executor: they wrap and truncate as ONNX Runtime's do, or are refused.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../contract.ts'
import type { Tensors } from '../executor.ts'
import { graph } from '../graph.ts'
import { compileNative } from '../native/program.ts'
import { compilePlain } from '../plain/program.ts'
import { convert, type DType, toFloat64 } from '../tensor.ts'
import { apply, constant, input, integers } from '../value.ts'
import { add, div, mul, pow, sub } from './arithmetic.ts'
import { modOperator } from './bits.ts'
import { abs, neg } from './elementwise.ts'
import { scatterElements } from './gather.ts'
import { matmul } from './matmul.ts'
import { reduceMeanOperator, reduceSum } from './reduce.ts'

const ranges = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
} as const

const whole = (dtype: keyof typeof ranges) =>
  fc.array(fc.integer({ min: ranges[dtype][0], max: ranges[dtype][1] }), { minLength: 6, maxLength: 6 })

/** `build` of constants, on the plain executor. */
function plainly(
  build: (a: Value, b: Value) => Value,
  a: readonly number[],
  b: readonly number[],
  dtype: DType,
) {
  const g = graph({
    inputs: [],
    outputs: { y: build(constant(a, [6], dtype), constant(b, [b.length], dtype)) },
  })
  return Array.from((compilePlain(g).run({}) as Tensors)['y']!.data, Number)
}

const operations = { add, sub, mul } as const
const exactly = {
  add: (x: bigint, y: bigint) => x + y,
  sub: (x: bigint, y: bigint) => x - y,
  mul: (x: bigint, y: bigint) => x * y,
} as const

const kinds = Object.keys(ranges) as (keyof typeof ranges)[]

test.each(kinds)('%s: sums, differences and products wrap', (dtype) => {
  const bits = Number(/\d+/.exec(dtype)![0])
  const wrap = (v: bigint) => Number(dtype.startsWith('u') ? BigInt.asUintN(bits, v) : BigInt.asIntN(bits, v))
  fc.assert(
    fc.property(whole(dtype), whole(dtype), (a, b) => {
      for (const name of ['add', 'sub', 'mul'] as const) {
        const expected = a.map((x, i) => wrap(exactly[name](BigInt(x), BigInt(b[i]!))))
        expect(plainly(operations[name], a, b, dtype)).toEqual(expected)
      }
    }),
    { numRuns: 20 },
  )
})

test.each(kinds)('%s: a quotient goes towards zero', (dtype) => {
  const [least] = ranges[dtype]
  const a = [7, 100, 5, 1, 0, 127]
  const b = [2, 7, 9, 1, 3, 10]
  expect(plainly(div, a, b, dtype)).toEqual([3, 14, 0, 1, 0, 12])
  if (least === 0) return
  const minus = a.map((x) => -x)
  expect(plainly(div, minus, b, dtype)).toEqual([-3, -14, 0, -1, 0, -12])
  expect(plainly(div, [least, 1, 1, 1, 1, 1], [-1, 1, 1, 1, 1, 1], dtype)[0]).toBe(least)
})

test('what ONNX Runtime computes in the same dtype is the same', async () => {
  const a = [-128, 127, 100, -7, 3, 0]
  const b = [127, 127, 3, 2, -5, 9]
  for (const dtype of ['int8', 'int32', 'int64'] as const) {
    const [x, y] = [input('x', [6], dtype), input('y', [6], dtype)]
    const outputs = {
      sum: add(x, y),
      less: sub(x, y),
      times: mul(x, y),
      by: div(x, y),
      not: neg(x),
      size: abs(x),
    }
    const g = graph({ inputs: [x, y], outputs })
    const feeds = {
      x: { dtype, shape: [6], data: convert(a, dtype) },
      y: { dtype, shape: [6], data: convert(b, dtype) },
    }
    const native = await compileNative(g, {})
    const expected = await native.run(feeds)
    const got = compilePlain(g).run(feeds) as typeof expected
    for (const name of Object.keys(outputs))
      expect(Array.from(got[name]!.data, Number), `${dtype} ${name}`).toEqual(
        Array.from(toFloat64(expected[name]!)),
      )
    await native.close()
  }
})

test('powers of integers are whole and wrap; a negative power has no fraction', () => {
  expect(plainly(pow, [2, -2, 3, 10, 0, 7], [-1, 31, 20, 9, 0, 2], 'int32')).toEqual([
    0,
    -(2 ** 31),
    -808182895,
    1e9,
    1,
    49,
  ])
  expect(plainly(pow, [-1, 1, 2, 0, 3, 5], [2147483647, 2147483647, 2147483647, 3, 1, 0], 'int32')).toEqual([
    -1, 1, 0, 0, 3, 1,
  ])
})

test('a division by 0 is refused, and so is what float64 would round', () => {
  const six = (v: number) => [v, 1, 1, 1, 1, 1]
  expect(() => plainly(div, six(1), six(0), 'int32')).toThrow(/divided by 0/)
  for (const [build, a, b] of [
    [add, 2 ** 53 - 1, 1],
    [sub, -(2 ** 53) + 1, 1],
    [mul, 2 ** 40, 2 ** 40],
    [pow, 10, 18],
  ] as const) {
    expect(() => plainly(build, six(a), six(b), 'int64')).toThrow(/beyond 2\^53/)
  }
  expect(() => plainly(sub, six(1), six(2), 'uint64')).toThrow(/beyond 2\^53/)
})

test('sums over many integers refuse what they would round on the way', () => {
  const most = 2 ** 53 - 1
  const sumOf = (values: readonly number[]) => plainly((a) => reduceSum(a), values, values, 'int64')
  expect(sumOf([most, -most, 5, 1, 2, 3])).toEqual([11])
  expect(() => sumOf([most, most, -most, -most, 1, 0])).toThrow(/beyond 2\^53/)
  const product = (a: Value, b: Value) => matmul(a, b)
  expect(plainly(product, [1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, -1], 'int64')).toEqual([9])
  expect(() => plainly(product, [2 ** 30, 0, 0, 0, 0, 0], [2 ** 30, 0, 0, 0, 0, 0], 'int64')).toThrow(/2\^53/)
})

test('a mean of integers has no fraction, and updates that are added wrap', () => {
  const mean = (a: Value) => apply(reduceMeanOperator, [a, integers([0])], { keepdims: 0 })
  expect(plainly(mean, [1, 2, 3, 4, 5, 7], [], 'int32')).toEqual([3])
  expect(plainly(mean, [-1, -2, -3, -4, -5, -7], [], 'int32')).toEqual([-3])
  const twice = (a: Value, b: Value) =>
    scatterElements(a, integers([0, 0, 1, 1, 2, 2]), b, { reduction: 'add' })
  expect(plainly(twice, [250, 0, 0, 0, 0, 9], [3, 3, 200, 100, 0, 1], 'uint8')).toEqual([0, 44, 1, 0, 0, 9])
})

test('the least integer by −1 does not end the process natively, as a quotient or a remainder', async () => {
  for (const [dtype, least] of [
    ['int32', -(2 ** 31)],
    ['int64', -5],
  ] as const) {
    const [x, y] = [input('x', [3], dtype), input('y', [3], dtype)]
    const g = graph({ inputs: [x, y], outputs: { by: div(x, y), rest: apply(modOperator, [x, y]) } })
    const native = await compileNative(g, {})
    const results = await native.run({
      x: { dtype, shape: [3], data: convert([least, 7, -7], dtype) },
      y: { dtype, shape: [3], data: convert([-1, -1, 2], dtype) },
    })
    const quotient = dtype === 'int32' ? least : 5
    expect(Array.from(results['by']!.data, Number)).toEqual([quotient, -7, -3])
    expect(Array.from(results['rest']!.data, Number)).toEqual([0, 0, 1])
    await native.close()
  }
})
