import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { compile } from '../compile.ts'
import type { Value } from '../contract.ts'
import { graph } from '../graph.ts'
import type { Shape } from '../shape.ts'
import { tensor } from '../tensor.ts'
import { anySeed, anyShape, checkGradient, checkNative } from '../testing.ts'
import { constant, input } from '../value.ts'
import { mul } from './arithmetic.ts'
import { reduceMax, reduceMean, reduceMin, reduceSum } from './reduce.ts'

const cases: [string, typeof reduceSum][] = [
  ['ReduceSum', reduceSum],
  ['ReduceMean', reduceMean],
  ['ReduceMax', reduceMax],
  ['ReduceMin', reduceMin],
]

/** A shape, axes of it from the front or the back (or all), and whether to keep them. */
const reductions = fc
  .record({
    shape: anyShape(4),
    chosen: fc.array(fc.constantFrom('no', 'front', 'back'), { minLength: 4, maxLength: 4 }),
    all: fc.boolean(),
    keep: fc.boolean(),
    free: fc.boolean(),
  })
  .map(({ shape, chosen, all, keep, free }) => {
    const axes = shape.flatMap((_, i) =>
      chosen[i] === 'no' ? [] : [chosen[i] === 'front' ? i : i - shape.length],
    )
    const shown: Shape = shape.map((d, i) => (free && i === 0 ? 'N' : d))
    return { shape: shown, axes: all || axes.length === 0 ? undefined : axes, keep }
  })

describe.each(cases)('%s', (_, reduce) => {
  test('gradient agrees with differences', () => {
    fc.assert(
      fc.property(reductions, anySeed, ({ shape, axes, keep }, seed) => {
        checkGradient((x) => reduce(x, axes, keep), [shape], { seed, dims: { N: 3 } })
      }),
      { seed: 1, numRuns: 40 },
    )
  })

  test('plain agrees with native', async () => {
    await fc.assert(
      fc.asyncProperty(reductions, anySeed, async ({ shape, axes, keep }, seed) => {
        await checkNative((x) => reduce(x, axes, keep), [shape], { seed, dims: { N: 3 } })
      }),
      { seed: 2, numRuns: 15 },
    )
  })
})

test('a tie of maxima shares its gradient natively as plain', async () => {
  const tied = (x: Value) => reduceMax(mul(x, constant([1, 0, 0], [3], x.dtype)), [1])
  await checkNative(tied, [['N', 3]], { dims: { N: 6 } })
})

describe.each(['plain', 'native'] as const)('the mean of nothing, %s', (executor) => {
  const meanOf = async (dtype: 'float32' | 'float64' | 'int32', rows: number) => {
    const x = input('x', ['N', 2], dtype)
    const program = await compile(graph({ inputs: [x], outputs: { y: reduceMean(x, [0]) } }), { executor })
    try {
      const { y } = await program.run({ x: tensor(new Float64Array(2 * rows).fill(3), [rows, 2], dtype) })
      return Array.from(y!.data, Number)
    } finally {
      await program.close()
    }
  }

  test('is no number, and of integers an error', async () => {
    for (const dtype of ['float32', 'float64'] as const) {
      expect(await meanOf(dtype, 0)).toEqual([Number.NaN, Number.NaN])
      expect(await meanOf(dtype, 2)).toEqual([3, 3])
    }
    await expect(meanOf('int32', 0)).rejects.toThrow(FrostglassError)
    expect(await meanOf('int32', 2)).toEqual([3, 3])
  })
})
