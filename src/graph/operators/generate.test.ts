import { describe, expect, test } from 'vitest'
import type { Value } from '../contract.ts'
import { tensor } from '../tensor.ts'
import { checkNative } from '../testing.ts'
import { apply, constant, integers } from '../value.ts'
import { add } from './arithmetic.ts'
import { cast } from './cast.ts'
import { gather } from './gather.ts'
import { constantOfShapeOperator, rangeOperator } from './generate.ts'
import { shapeOf } from './view.ts'

const whole = (n: number) => constant(n, [], 'int64')
const range = (from: number, to: number, step: number) =>
  apply(rangeOperator, [whole(from), whole(to), whole(step)])

describe('Range', () => {
  test.each([
    [0, 5, 1],
    [2, 9, 3],
    [7, 0, -2],
    [3, 3, 1],
  ])('from %i to %i by %i: plain agrees with native', async (from, to, step) => {
    await checkNative((x) => [range(from, to, step), x], [[1]])
  })

  test('up to a free dimension keeps its name', async () => {
    const rows = (x: Value) =>
      apply(rangeOperator, [whole(0), gather(shapeOf(x), constant(0, [], 'int64')), whole(1)])
    await checkNative((x) => add(x, cast(rows(x), x.dtype)), [['N']], { dims: { N: 4 } })
  })

  test('says the numbers to shape inference', () => {
    expect(range(7, 0, -2)).toMatchObject({ shape: [4], content: [7, 5, 3, 1] })
  })
})

test.each(['float32', 'int64', 'bool'] as const)(
  'ConstantOfShape of %s: plain agrees with native',
  async (dtype) => {
    const value = tensor([1], [1], dtype)
    const fill = (x: Value) => [
      apply(constantOfShapeOperator, [shapeOf(x)], { value }),
      apply(constantOfShapeOperator, [integers([2, 3])], {}),
    ]
    await checkNative(fill, [['N', 2]], { dims: { N: 3 }, gradient: false })
  },
)
