import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile } from '../compile.ts'
import type { Value } from '../contract.ts'
import { graph } from '../graph.ts'
import { unknownDim } from '../shape.ts'
import { tensor } from '../tensor.ts'
import { anySeed, anyShape, checkGradient, checkNative } from '../testing.ts'
import { constant, input } from '../value.ts'
import { mul } from './arithmetic.ts'
import { concat, split } from './join.ts'

/** Two or three shapes that differ along one axis only, which may not be the free one. */
const joinable = fc
  .record({
    shape: anyShape(3, 1),
    axis: fc.nat(2),
    sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
    free: fc.boolean(),
    fromBack: fc.boolean(),
  })
  .map(({ shape, axis, sizes, free, fromBack }) => {
    const at = axis % shape.length
    const shapes = sizes.map((size) => shape.map((d, i) => (i === at ? size : i === 0 && free ? 'N' : d)))
    return { shapes, sizes, axis: fromBack ? at - shape.length : at }
  })

describe('Concat', () => {
  test('joins an empty part only where its other sizes fit, natively too', async () => {
    const free = () => input('x', [unknownDim(), unknownDim()])
    const [x, y] = [free(), { ...free(), name: 'y' }]
    const program = await compile(graph({ inputs: [x, y], outputs: { z: concat([x, y], 1) } }), {
      executor: 'native',
    })
    const fed = (shape: readonly [number, number]) =>
      tensor(new Float32Array(shape[0] * shape[1]).fill(1), shape)
    const joined = await program.run({ x: fed([2, 3]), y: fed([2, 0]) })
    expect([...joined['z']!.data]).toEqual([1, 1, 1, 1, 1, 1])
    // It would answer with what lay in memory.
    for (const [a, b] of [
      [
        [2, 3],
        [0, 3],
      ],
      [
        [0, 3],
        [2, 3],
      ],
    ] as const)
      await expect(program.run({ x: fed(a), y: fed(b) })).rejects.toMatchObject({ code: 'unsupported' })
    await program.close()
  })

  test('gradient agrees with differences', () => {
    fc.assert(
      fc.property(joinable, anySeed, ({ shapes, axis }, seed) => {
        checkGradient((...values) => concat(values, axis), shapes, { seed, dims: { N: 2 } })
      }),
      { seed: 1, numRuns: 40 },
    )
  })

  test('gradient along a free dimension', () => {
    checkGradient(
      (a, b) => concat([a, b], 0),
      [
        ['N', 2],
        ['M', 2],
      ],
      { dims: { N: 2, M: 3 } },
    )
  })

  test('gradient of one input alone', () => {
    checkGradient((a) => concat([constant([1, 2], [1, 2], 'float64'), a], 0), [[3, 2]])
  })

  test('plain agrees with native', async () => {
    await fc.assert(
      fc.asyncProperty(joinable, anySeed, async ({ shapes, axis }, seed) => {
        await checkNative((...values) => concat(values, axis), shapes, { seed, dims: { N: 2 } })
      }),
      { seed: 2, numRuns: 15 },
    )
    await checkNative(
      (a, b) => concat([a, b], 0),
      [
        ['N', 2],
        ['M', 2],
      ],
      { dims: { N: 2, M: 3 } },
    )
  })

  test('says which shapes do not join', () => {
    expect(() => concat([input('a', ['N', 3]), input('b', ['N', 4])], 0)).toThrow(
      'Concat: [N, 3] and [N, 4] cannot be joined along axis 0',
    )
  })
})

describe('Split', () => {
  const taken = (sizes: readonly number[], axis: number) => (x: Value) => split(x, sizes, axis)
  const whole = joinable.map(({ shapes, sizes, axis }) => {
    const sum = sizes.reduce((a, b) => a + b, 0)
    const at = axis < 0 ? axis + (shapes[0]?.length ?? 0) : axis
    return { shape: (shapes[0] ?? []).map((d, i) => (i === at ? sum : d)), sizes, axis }
  })

  test('gradient agrees with differences', () => {
    fc.assert(
      fc.property(whole, anySeed, ({ shape, sizes, axis }, seed) => {
        checkGradient(taken(sizes, axis), [shape], { seed, dims: { N: 2 } })
      }),
      { seed: 3, numRuns: 40 },
    )
  })

  test('an unused part has gradient 0', () => {
    checkGradient((x) => mul(split(x, [1, 2], 1)[1]!, constant(3, [], 'float64')), [['N', 3]], {
      dims: { N: 2 },
    })
  })

  test('plain agrees with native, also in equal parts', async () => {
    await fc.assert(
      fc.asyncProperty(whole, anySeed, async ({ shape, sizes, axis }, seed) => {
        await checkNative(taken(sizes, axis), [shape], { seed, dims: { N: 2 } })
      }),
      { seed: 4, numRuns: 15 },
    )
    await checkNative((x) => split(x, 3, 1), [['N', 7]], { dims: { N: 2 } })
  })

  test('says which sizes do not add up', () => {
    expect(() => split(input('x', ['N', 5]), [2, 2], 1)).toThrow(
      'parts of [2, 2] do not add up to axis 1 of [N, 5]',
    )
  })
})
