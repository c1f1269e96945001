import fc from 'fast-check'
import { describe, test } from 'vitest'
import { anySeed, broadcastShapes, type CheckOptions, checkGradient, checkNative } from '../testing.ts'
import type { Value } from '../value.ts'
import { add, div, max, min, mul, pow, sub } from './index.ts'

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
