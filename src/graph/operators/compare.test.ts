import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Value } from '../contract.ts'
import { anySeed, broadcastShapes, checkGradient, checkNative } from '../testing.ts'
import { constant, input } from '../value.ts'
import { add, mul } from './arithmetic.ts'
import { cast } from './cast.ts'
import { and, equal, greater, greaterOrEqual, less, lessOrEqual, not, or, where } from './compare.ts'

/** Rounded to a few whole numbers, so that equals occur. */
const coarse = (x: Value): Value => cast(cast(mul(x, constant(1.5, [], x.dtype)), 'int32'), x.dtype)

const comparisons: [string, (a: Value, b: Value) => Value][] = [
  ['Greater', greater],
  ['GreaterOrEqual', greaterOrEqual],
  ['Less', less],
  ['LessOrEqual', lessOrEqual],
  ['Equal', equal],
]

test.each(comparisons)('%s: plain agrees with native, broadcasting, with ties', async (_, compare) => {
  await fc.assert(
    fc.asyncProperty(broadcastShapes, anySeed, async (shapes, seed) => {
      await checkNative((a, b) => compare(coarse(a), coarse(b)), shapes, { seed, dims: { N: 3 } })
    }),
    { seed: 1, numRuns: 8 },
  )
})

test.each([
  ['And', and],
  ['Or', or],
  ['Not', (a: Value, b: Value) => and(not(a), b)],
])('%s: plain agrees with native', async (_, build) => {
  const positive = (x: Value) => greater(x, constant(0, [], x.dtype))
  await fc.assert(
    fc.asyncProperty(broadcastShapes, anySeed, async (shapes, seed) => {
      await checkNative((a, b) => build(positive(a), positive(b)), shapes, { seed, dims: { N: 3 } })
    }),
    { seed: 2, numRuns: 8 },
  )
})

describe('Where', () => {
  const choose = (a: Value, b: Value) => where(greater(a, constant(0, [], a.dtype)), mul(a, b), add(a, b))
  const broadcasting = (c: Value, a: Value, b: Value) => where(greater(c, constant(0, [], c.dtype)), a, b)

  test('gradient agrees with differences', () => {
    fc.assert(
      fc.property(broadcastShapes, anySeed, (shapes, seed) => {
        checkGradient(choose, shapes, { seed, dims: { N: 3 } })
      }),
      { seed: 3, numRuns: 30 },
    )
  })

  test('the condition and both choices broadcast', async () => {
    for (const shapes of [
      [[3, 1], [1, 4], []],
      [[2], [3, 1], ['N', 1, 2]],
      [['N', 1, 1], [2], [3, 1]],
    ]) {
      const values = (a: Value, b: Value) => broadcasting(constant([1, -1, 1], [3, 1], a.dtype), a, b)
      checkGradient(values, shapes.slice(1), { dims: { N: 2 } })
      await checkNative(values, shapes.slice(1), { dims: { N: 2 } })
    }
  })

  test('plain agrees with native', async () => {
    await fc.assert(
      fc.asyncProperty(broadcastShapes, anySeed, async (shapes, seed) => {
        await checkNative(choose, shapes, { seed, dims: { N: 3 } })
      }),
      { seed: 4, numRuns: 10 },
    )
  })

  test('wants a bool condition', () => {
    expect(() => where(input('c', [2]), input('a', [2]), input('b', [2]))).toThrow(
      'Where: the condition must be bool, not float32',
    )
  })
})
