import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Value } from '../contract.ts'
import type { Tensors } from '../executor.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { anySeed, anyShape, checkGradient, checkNative } from '../testing.ts'
import { constant, input, scalarLike } from '../value.ts'
import { add, mul } from './arithmetic.ts'
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

  test.each([1e6, 1e12])('loses nothing where numbers are as large as %d', async (size) => {
    const large = (x: Value) => build(add(mul(x, scalarLike(x, 0)), scalarLike(x, size)))
    const program = compilePlain(graph({ inputs: [], outputs: { y: large(constant([1, 2, 3], [1, 3])) } }))
    const share = name === 'Softmax' ? 1 / 3 : -Math.log(3)
    for (const v of (program.run({}) as Tensors)['y']!.data) expect(v).toBeCloseTo(share, 7)
    await checkNative(large, [[1, 3]])
  })

  test('says which axis is outside', () => {
    expect(() => build(input('x', [2, 3]), 2)).toThrow(`${name}: axis 2 is outside a tensor of rank 2`)
  })
})
