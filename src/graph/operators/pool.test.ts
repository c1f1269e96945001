import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type DType, type Tensor, tensor } from '../tensor.ts'
import { anySeed, checkGradient, checkNative } from '../testing.ts'
import { applyAll, constant, input } from '../value.ts'
import { mul } from './arithmetic.ts'
import { relu } from './elementwise.ts'
import { averagePool, maxPool, maxPoolIndicesOperator, type PoolOptions, reluMaxPool } from './pool.ts'
import { reduceSum } from './reduce.ts'

// Both resize only float32, and Col2Im lacks doubles too; MaxPool's own rule for float64 needs none of them.
const withoutDouble = ['AveragePool', 'Resize', 'Col2Im']

const axis = fc
  .record({
    kernel: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    // Padding must be smaller than the kernel.
    begin: fc.nat(2),
    end: fc.nat(2),
    more: fc.nat(4),
  })
  .map((a) => ({
    ...a,
    begin: Math.min(a.begin, a.kernel - 1),
    end: Math.min(a.end, a.kernel - 1),
    size: (a.kernel - 1) * a.dilation + 1 + a.more,
  }))

const geometry = fc.record({
  axes: fc.array(axis, { minLength: 1, maxLength: 2 }),
  channels: fc.integer({ min: 1, max: 2 }),
  batch: fc.integer({ min: 1, max: 2 }),
  mode: fc.constantFrom('overlap', 'overlap', 'tiles', 'SAME_UPPER', 'SAME_LOWER'),
  ceil: fc.boolean(),
  padded: fc.boolean(),
  seed: anySeed,
})

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never

function poolCase(g: Geometry, dilated: boolean) {
  const kernel = g.axes.map((a) => a.kernel)
  const options: PoolOptions =
    g.mode === 'tiles'
      ? { strides: kernel }
      : {
          strides: g.axes.map((a) => a.stride),
          dilations: dilated ? g.axes.map((a) => a.dilation) : undefined,
          ...(g.mode === 'overlap'
            ? { pads: [...g.axes.map((a) => a.begin), ...g.axes.map((a) => a.end)], ceil: g.ceil }
            : { autoPad: g.mode as 'SAME_UPPER' }),
        }
  const shapes = [['N', g.channels, ...g.axes.map((a) => a.size)]]
  return { kernel, options, shapes, check: { dims: { N: g.batch }, seed: g.seed } }
}

/** The gradient of a weighted sum of `build(x)` by `x`, on the plain executor. */
function gradientAt(
  build: (x: Value) => Value,
  shape: readonly number[],
  values: readonly number[],
  weights: readonly number[],
  dtype: DType,
): number[] {
  const x = input('x', shape, dtype)
  const y = build(x)
  const loss = reduceSum(mul(y, constant(weights, y.shape as number[], dtype)))
  const [g] = gradients(loss, [x]) as [Value]
  const program = compilePlain(graph({ inputs: [x], outputs: { g } }))
  return Array.from(
    (program.run({ x: tensor(values, shape, dtype) }) as Record<'g', Tensor>).g.data as Float64Array,
  )
}

describe('MaxPool', () => {
  it('has the gradient that differences give', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const { kernel, options, shapes, check } = poolCase(g, true)
        checkGradient((x) => maxPool(x, kernel, options), shapes, check)
      }),
      { numRuns: 60, seed: 1 },
    )
  })

  it('agrees with ONNX Runtime, also where its rules by dtype differ', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (g) => {
        const { kernel, options, shapes, check } = poolCase(g, true)
        await checkNative((x) => maxPool(x, kernel, options), shapes, check)
      }),
      { numRuns: 40, seed: 2 },
    )
  })

  it('has the same gradient by upsampling (float32) as by indices (float64), with a remainder too', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 2 }),
        anySeed,
        (k, rest, seed) => {
          const size = 2 * k + (rest % k)
          const values = Array.from({ length: 3 * size * size }, (_, i) => Math.sin(seed + i * i))
          const weights = Array.from({ length: 12 }, (_, i) => i - 4.5)
          const build = (x: Value) => maxPool(x, [k, k], { strides: [k, k] })
          const [by32, by64] = (['float32', 'float64'] as const).map((dtype) =>
            gradientAt(build, [1, 3, size, size], values, weights, dtype),
          ) as [number[], number[]]
          by64.forEach((g, i) => void expect(by32[i]).toBeCloseTo(g, 6))
        },
      ),
      { numRuns: 20, seed: 3 },
    )
  })

  it('shares a tie equally among tiles in float32, and gives it to the first otherwise', () => {
    const tied = [5, 5, 1, 5]
    const tiles = (x: Value) => maxPool(x, [2, 2], { strides: [2, 2] })
    const [a, b, c, d] = gradientAt(tiles, [1, 1, 2, 2], tied, [6], 'float32') as [
      number,
      number,
      number,
      number,
    ]
    expect([a, b, d].map((v) => v.toFixed(6))).toEqual(['2.000000', '2.000000', '2.000000'])
    expect(c).toBe(0)
    expect(gradientAt(tiles, [1, 1, 2, 2], tied, [6], 'float64')).toEqual([6, 0, 0, 0])
    const overlapping = (x: Value) => maxPool(x, [2])
    expect(gradientAt(overlapping, [1, 1, 4], [3, 3, 3, 1], [1, 10, 100], 'float32')).toEqual([1, 10, 100, 0])
  })

  it('commutes with relu', () => {
    const values = Array.from({ length: 32 }, (_, i) => Math.sin(i * i))
    const weights = Array.from({ length: 8 }, (_, i) => i + 1)
    const options = { strides: [2, 2] }
    const first = gradientAt(
      (x) => maxPool(relu(x), [2, 2], options),
      [1, 2, 4, 4],
      values,
      weights,
      'float32',
    )
    const after = gradientAt((x) => reluMaxPool(x, [2, 2], options), [1, 2, 4, 4], values, weights, 'float32')
    expect(after).toEqual(first)
    expect(after.some((g) => g !== 0)).toBe(true)
  })

  it('says where the maxima were, by rows or by columns', async () => {
    for (const storage_order of [0, 1])
      for (const [kernel_shape, shape] of [
        [
          [2, 2],
          [2, 2, 3, 4],
        ],
        [
          [2, 1, 2],
          [1, 2, 2, 3, 4],
        ],
        [[2], [2, 1, 5]],
      ] as const) {
        const build = (x: Value) => applyAll(maxPoolIndicesOperator, [x], { kernel_shape, storage_order })
        await checkNative(build, [shape], { dtypes: ['float32'], gradient: false })
      }
  })

  it('refuses what does not fit', () => {
    expect(() => maxPool(input('x', ['N', 2, 8, 8]), [2])).toThrow(/kernel \[2\] for 2 spatial axes/)
    expect(() => maxPool(input('x', ['N', 2, 8, 3]), [2, 4])).toThrow(/window of 4.*does not fit 3/)
    expect(() => maxPool(input('x', ['N', 2]), [2])).toThrow(/expected \[N, C, height, width\], got \[N, 2\]/)
  })
})

describe('AveragePool', () => {
  it('has the gradient that differences give, counting padding or not', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const { kernel, options, shapes, check } = poolCase(g, false)
        checkGradient((x) => averagePool(x, kernel, { ...options, countIncludePad: g.padded }), shapes, check)
      }),
      { numRuns: 60, seed: 4 },
    )
  })

  it('agrees with ONNX Runtime', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (g) => {
        const { kernel, options, shapes, check } = poolCase(g, false)
        const build = (x: Value) => averagePool(x, kernel, { ...options, countIncludePad: g.padded })
        await checkNative(build, shapes, { ...check, withoutDouble })
      }),
      { numRuns: 40, seed: 5 },
    )
  })

  it('counts padding only when asked', () => {
    const run = (countIncludePad: boolean) => {
      const x = input('x', [1, 1, 3])
      const y = averagePool(x, [2], { pads: [1, 0], countIncludePad })
      const program = compilePlain(graph({ inputs: [x], outputs: { y } }))
      return Array.from(
        (program.run({ x: tensor([2, 4, 8], [1, 1, 3], 'float32') }) as Record<'y', Tensor>).y
          .data as Float64Array,
      )
    }
    expect(run(false)).toEqual([2, 3, 6])
    expect(run(true)).toEqual([1, 3, 6])
  })

  it('has a gradient natively where rounding up would add a window that begins in the padding', async () => {
    for (const [size, kernel, stride, pads] of [
      [4, 2, 2, [0, 1]],
      [5, 2, 3, [1, 0]],
      [6, 2, 3, [0, 0]],
      [6, 3, 3, [0, 1]],
    ] as const) {
      for (const pool of [averagePool, maxPool]) {
        const build = (x: Value) => {
          const y = pool(x, [kernel], { strides: [stride], pads, ceil: true })
          return gradients(reduceSum(mul(y, y)), [x])[0]!
        }
        await checkNative(build, [[1, 2, size]], { withoutDouble })
      }
    }
  })
})
