import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile } from '../compile.ts'
import type { Value } from '../contract.ts'
import { graph } from '../graph.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { anySeed, anyShape, checkGradient, checkNative } from '../testing.ts'
import { apply, constant, input, integers } from '../value.ts'
import { mul } from './arithmetic.ts'
import { cast } from './cast.ts'
import { oneHot, oneHotOperator } from './classes.ts'
import { neg } from './elementwise.ts'
import { argMax } from './ranking.ts'
import { reduceMean, reduceSum } from './reduce.ts'
import { logSoftmax } from './softmax.ts'

describe('OneHot', () => {
  test('plain agrees with native: any axis, indices from the end, and outside', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyShape(2, 1),
        fc.integer({ min: -1, max: 2 }),
        anySeed,
        async (shape, axis, seed) => {
          const classes = (x: Value) => cast(mul(x, constant(2.5, [], x.dtype)), 'int64')
          const at = Math.min(axis, shape.length)
          await checkNative((x) => oneHot(classes(x), 3, { axis: at, dtype: x.dtype }), [shape], {
            seed,
            gradient: false,
          })
        },
      ),
      { seed: 1, numRuns: 15 },
    )
  })

  test.each(['plain', 'native'] as const)(
    'casts a depth and indices that are floats, %s',
    async (executor) => {
      const [at, depth] = [input('at', [4]), input('depth', [])]
      for (const size of [constant(2.5), depth]) {
        const y = apply(oneHotOperator, [at, size, constant([0, 1])])
        const program = await compile(graph({ inputs: [at, depth], outputs: { y } }), { executor })
        const feeds = { at: tensor([1.7, 0, -0.5, -1.2], [4]), depth: tensor([2.5], []) }
        const found = (await program.run(feeds)) as { y: Tensor }
        expect(found.y.shape).toEqual([4, 2])
        expect(Array.from(found.y.data, Number)).toEqual([0, 1, 1, 0, 1, 0, 0, 1])
        await program.close()
      }
    },
  )

  test('refuses values that are not two', () => {
    const build = (count: number) =>
      apply(oneHotOperator, [input('i', [2]), integers([3]), input('v', [count])])
    expect(() => build(1)).toThrow('OneHot: the values are of shape [1]')
    expect(() => build(3)).toThrow('OneHot: the values are of shape [3]')
  })

  test('ONNX Runtime has no kernel for double values, which is why the constructor casts', async () => {
    const double = (x: Value) =>
      apply(oneHotOperator, [cast(x, 'int64'), integers([3]), constant([0, 1], [2], x.dtype)])
    await checkNative(double, [[3]], { gradient: false, withoutDouble: ['OneHot'] })
    await expect(checkNative(double, [[3]], { gradient: false })).rejects.toThrow('implementation for OneHot')
  })

  test('cross-entropy with classes as int64', () => {
    const labels = constant([2, 0, 1, 2], [4], 'int64')
    checkGradient(
      (x) => {
        const hot = oneHot(labels, 3, { dtype: x.dtype })
        return neg(reduceMean(reduceSum(mul(hot, logSoftmax(x)), [1])))
      },
      [[4, 3]],
    )
  })
})

describe('ArgMax', () => {
  test('plain agrees with native', async () => {
    await fc.assert(
      fc.asyncProperty(anyShape(3, 1), fc.nat(2), fc.boolean(), anySeed, async (shape, axis, keep, seed) => {
        await checkNative((x) => argMax(x, axis % shape.length, keep), [shape], { seed, gradient: false })
      }),
      { seed: 2, numRuns: 15 },
    )
  })

  test.each(['plain', 'native'] as const)('the first of equals, %s', async (executor) => {
    const x = input('x', ['N', 4])
    const program = await compile(graph({ inputs: [x], outputs: { y: argMax(x) } }), { executor })
    const { y } = (await program.run({ x: tensor([1, 3, 3, 0, -1, -1, -1, -1], [2, 4]) })) as { y: Tensor }
    expect(Array.from(y.data, Number)).toEqual([1, 0])
    await program.close()
  })
})
