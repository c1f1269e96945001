import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Value } from '../contract.ts'
import { anySeed, anyShape, checkGradient, checkNative } from '../testing.ts'
import { constant, input } from '../value.ts'
import { mul } from './arithmetic.ts'
import { logSoftmax, softmax } from './softmax.ts'

const lanes = fc
  .record({ shape: anyShape(4, 1), axis: fc.nat(3), back: fc.boolean(), free: fc.boolean() })
  .map(({ shape, axis, back, free }) => {
    const at = axis % shape.length
    return {
      shape: shape.map((d, i) => (free && i === 0 ? 'N' : d)),
      axis: back ? at - shape.length : at,
    }
  })

describe.each([
  ['Softmax', softmax],
  ['LogSoftmax', logSoftmax],
] as const)('%s', (name, build) => {
  test('gradient agrees with differences', () => {
    fc.assert(
      fc.property(lanes, anySeed, ({ shape, axis }, seed) => {
        checkGradient((x) => build(x, axis), [shape], { seed, dims: { N: 3 } })
      }),
      { seed: 1, numRuns: 40 },
    )
  })

  test('plain agrees with native, also where e to the x overflows', async () => {
    await fc.assert(
      fc.asyncProperty(lanes, anySeed, async ({ shape, axis }, seed) => {
        await checkNative((x) => build(x, axis), [shape], { seed, dims: { N: 3 } })
      }),
      { seed: 2, numRuns: 15 },
    )
    await checkNative((x: Value) => build(mul(x, constant(1000, [], x.dtype))), [['N', 4]], {
      dims: { N: 3 },
    })
  })

  test('says which axis is outside', () => {
    expect(() => build(input('x', [2, 3]), 2)).toThrow(`${name}: axis 2 is outside a tensor of rank 2`)
  })
})
