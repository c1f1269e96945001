import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Value } from '../contract.ts'
import { anySeed, broadcastShapes, type CheckOptions, checkGradient, checkNative } from '../testing.ts'
import { apply, constant } from '../value.ts'
import { add, arithmeticOperators, div, max, min, mul, pow, sub } from './arithmetic.ts'
import { cast, identity } from './cast.ts'
import { variadicOperators } from './variadic.ts'

const cases: [string, (a: Value, b: Value) => Value, CheckOptions][] = [
  ['Add', add, {}],
  ['Sub', sub, {}],
  ['Mul', mul, {}],
  ['Div', div, {}],
  ['Pow', pow, { domain: [0.3, 2] }],
  ['Min', min, {}],
  ['Max', max, {}],
]

describe.each(cases)('%s', (_, build, options) => {
  test('gradient agrees with differences, broadcasting both ways', () => {
    fc.assert(
      fc.property(broadcastShapes, anySeed, (shapes, seed) => {
        checkGradient(build, shapes, { ...options, seed, dims: { N: 3 } })
      }),
      { seed: 1, numRuns: 40 },
    )
  })

  test('plain agrees with native', async () => {
    await fc.assert(
      fc.asyncProperty(broadcastShapes, anySeed, async (shapes, seed) => {
        await checkNative(build, shapes, { ...options, seed, dims: { N: 3 } })
      }),
      { seed: 2, numRuns: 12 },
    )
  })
})

test.each([
  ['Add', add],
  ['Sub', sub],
  ['Mul', mul],
  ['Div', div],
  ['Min', min],
  ['Max', max],
] as const)('%s of integers: plain agrees with native', async (_, build) => {
  // From −7 to 7, and no 0 to divide by.
  const whole = (dtype: 'int32' | 'int64') => (x: Value) => cast(mul(x, constant(7, [], x.dtype)), dtype)
  for (const dtype of ['int32', 'int64'] as const) {
    await fc.assert(
      fc.asyncProperty(broadcastShapes, anySeed, async (shapes, seed) => {
        await checkNative((a, b) => build(whole(dtype)(a), whole(dtype)(b)), shapes, { seed, dims: { N: 3 } })
      }),
      { seed: 3, numRuns: 4 },
    )
  }
})

test('a tie of Min or Max gives its whole gradient to one side, natively as plain', async () => {
  const tied = (x: Value) => add(max(x, identity(x)), min(x, identity(x)))
  checkGradient(tied, [['N', 2]], { dims: { N: 3 } })
  await checkNative(tied, [['N', 2]], { dims: { N: 3 } })
})

test.each(
  [...arithmeticOperators, ...variadicOperators].map((operator) => [operator.name, operator] as const),
)('%s of an input that is not there is refused when it is built', (_, operator) => {
  const x = constant([1, 2])
  for (const inputs of [
    [x, undefined, x],
    [x, x, undefined],
    [undefined, x],
  ])
    expect(() => apply(operator, inputs)).toThrow(/expected \d inputs, got \d/)
})

test.each([
  ['Min', min],
  ['Max', max],
] as const)('%s takes two: a third would be computed by one executor alone', (_, build) => {
  const x = constant([1, 2])
  const { operator } = build(x, x).node!
  expect(() => apply(operator, [x, x, x])).toThrow(/expected 2 inputs, got 3/)
})
