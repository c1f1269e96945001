import { expect, test } from 'vitest'
import { add, cast, constant, div, mul, reduceSum, shapeOf } from './index.ts'
import { operators } from './operators/index.ts'
import { apply, input } from './value.ts'

const size = shapeOf(input('x', [7, 4]))

test('what is computed from shapes is known where the dtype holds it', () => {
  expect(add(size, constant([1, 2], [2], 'int64')).content).toEqual([8, 6])
  expect(cast(cast(size, 'int32'), 'int64').content).toEqual([7, 4])
  expect(cast(size, 'bool').content).toEqual([1, 1])
  expect(cast(cast(size, 'bool'), 'int64').content).toEqual([1, 1])
})

test('what a run would wrap or round is not known', () => {
  const unknown = (v: { content?: readonly unknown[] | undefined }) =>
    v.content === undefined || typeof v.content[0] === 'string'
  const large = constant([2 ** 31 - 1, 2 ** 31 - 1], [2], 'int32')
  expect(unknown(add(cast(size, 'int32'), large))).toBe(true)
  const wide = constant([64, 65], [2], 'int64')
  expect(unknown(cast(mul(wide, wide), 'int8'))).toBe(true)
  expect(unknown(cast(shapeOf(input('x', ['N', 4])), 'bool'))).toBe(true)
})

test('floats are rounded as a run rounds them', () => {
  const scaled = mul(cast(size, 'float32'), constant([0.1, 0.7]))
  expect(scaled.content).toEqual([Math.fround(7 * Math.fround(0.1)), Math.fround(4 * Math.fround(0.7))])
  const third = div(cast(size, 'float16'), cast(constant([3, 3], [2], 'int64'), 'float16'))
  expect(third.content).toEqual([2.333984375, 1.3330078125])
  // The order of a sum of many is the runtime's: known where it is the same in any.
  expect(reduceSum(scaled).content?.[0]).toMatch(/^\?/)
  expect(reduceSum(cast(size, 'float32')).content).toEqual([11])
  const root = apply(operators.get('Sqrt')!, [constant([-1, 4], [2], 'float32')])
  expect(root.content).toEqual([expect.stringMatching(/^\?/), 2])
})

test('a convolution has at least one group', () => {
  const x = input('x', [1, 2, 3, 3])
  const w = constant(new Float32Array(8), [2, 1, 2, 2])
  for (const name of ['Conv', 'ConvTranspose'])
    expect(() => apply(operators.get(name)!, [x, w], { group: 0 })).toThrow(/0 groups/)
})
