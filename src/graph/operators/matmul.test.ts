import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile } from '../compile.ts'
import { graph } from '../graph.ts'
import type { Shape } from '../shape.ts'
import { tensor } from '../tensor.ts'
import { anySeed, anyShape, broadcastShapes, checkGradient, checkNative } from '../testing.ts'
import { input } from '../value.ts'
import { gemm, matmul, transpose } from './matmul.ts'

const size = fc.integer({ min: 1, max: 5 })

/** Shapes of a product: vectors, matrices, batches that broadcast; N may be the rows of the left. */
const products = fc
  .record({
    batch: broadcastShapes,
    n: fc.oneof(size, fc.constant('N')),
    k: size,
    m: size,
    kind: fc.constantFrom('matrices', 'batches', 'batches', 'left vector', 'right vector', 'vectors'),
  })
  .map(({ batch, n, k, m, kind }): [Shape, Shape] => {
    const known = (shape: Shape): Shape => shape.slice(-2).map((d) => (d === 'N' ? 3 : d))
    const [left, right] = [known(batch[0]), known(batch[1])]
    if (kind === 'matrices')
      return [
        [n, k],
        [k, m],
      ]
    if (kind === 'batches')
      return [
        [...left, n, k],
        [...right, k, m],
      ]
    if (kind === 'left vector') return [[k], [...right, k, m]]
    if (kind === 'right vector') return [[...left, n, k], [k]]
    return [[k], [k]]
  })

describe('MatMul', () => {
  test('gradient agrees with differences', () => {
    fc.assert(
      fc.property(products, anySeed, (shapes, seed) => {
        checkGradient(matmul, shapes, { seed, dims: { N: 4 } })
      }),
      { seed: 1, numRuns: 80 },
    )
  })

  test('plain agrees with native', async () => {
    await fc.assert(
      fc.asyncProperty(products, anySeed, async (shapes, seed) => {
        await checkNative(matmul, shapes, { seed, dims: { N: 4 } })
      }),
      { seed: 2, numRuns: 30 },
    )
  })

  test('large enough for the kernel by rows', async () => {
    await checkNative(matmul, [
      [40, 50],
      [50, 30],
    ])
  })

  test('says which inner dimensions differ, and what to do', () => {
    const attempt = () => matmul(input('a', ['N', 3]), input('b', [4, 2]))
    expect(attempt).toThrow('MatMul: [N, 3] times [4, 2]: the inner dimensions are 3 and 4')
    expect(attempt).toThrow(expect.objectContaining({ hint: expect.stringContaining('transpose one') }))
  })
})

describe('Gemm', () => {
  const gemms = fc
    .record({
      n: fc.oneof(size, fc.constant('N')),
      k: size,
      m: size,
      transA: fc.boolean(),
      transB: fc.boolean(),
      alpha: fc.constantFrom(1, 0.5, -2),
      beta: fc.constantFrom(1, 0.25, -1),
      bias: fc.constantFrom('none', 'scalar', 'row', 'column', 'full', 'one'),
    })
    .map(({ n, k, m, transA, transB, alpha, beta, bias }) => {
      const biases: Record<typeof bias, Shape[]> = {
        none: [],
        scalar: [[]],
        row: [[m]],
        column: [[n, 1]],
        full: [[n, m]],
        one: [[1, 1]],
      }
      const shapes: Shape[] = [transA ? [k, n] : [n, k], transB ? [m, k] : [k, m], ...biases[bias]]
      return { shapes, options: { alpha, beta, transA, transB } }
    })

  test('gradient agrees with differences', () => {
    fc.assert(
      fc.property(gemms, anySeed, ({ shapes, options }, seed) => {
        checkGradient((a, b, c) => gemm(a as never, b as never, c, options), shapes, { seed, dims: { N: 4 } })
      }),
      { seed: 3, numRuns: 80 },
    )
  })

  test('plain agrees with native', async () => {
    await fc.assert(
      fc.asyncProperty(gemms, anySeed, async ({ shapes, options }, seed) => {
        await checkNative((a, b, c) => gemm(a as never, b as never, c, options), shapes, {
          seed,
          dims: { N: 4 },
        })
      }),
      { seed: 4, numRuns: 30 },
    )
  })

  test('takes matrices only', () => {
    expect(() => gemm(input('a', [2, 3, 4]), input('b', [4, 2]))).toThrow(
      'Gemm: takes matrices, not [2, 3, 4] and [4, 2]',
    )
  })
})

describe('Transpose', () => {
  const orders = fc.tuple(anyShape(4), fc.boolean()).chain(([shape, free]) =>
    fc.record({
      shape: fc.constant(shape.map((d, i) => (free && i === 0 ? 'N' : d)) as Shape),
      order: fc.shuffledSubarray(
        shape.map((_, i) => i),
        { minLength: shape.length, maxLength: shape.length },
      ),
    }),
  )

  test('gradient agrees with differences, plain agrees with native', async () => {
    await fc.assert(
      fc.asyncProperty(orders, anySeed, async ({ shape, order }, seed) => {
        checkGradient((x) => transpose(x, order), [shape], { seed, dims: { N: 3 } })
        await checkNative((x) => transpose(x, order), [shape], { seed, dims: { N: 3 } })
      }),
      { seed: 5, numRuns: 20 },
    )
  })

  test('wants every axis once', () => {
    expect(() => transpose(input('x', [2, 3]), [0, 0])).toThrow(
      'perm [0,0] does not order the axes of [2, 3]',
    )
  })
})

test.each(['plain', 'native'] as const)(
  'a product over nothing is 0, and what is added keeps its factor, %s',
  async (executor) => {
    for (const dtype of ['float32', 'float64'] as const) {
      const [a, b, c] = [input('a', ['K', 2], dtype), input('b', ['K', 2], dtype), input('c', [2], dtype)]
      const y = gemm(a, b, c, { transA: true, alpha: 3, beta: 2 })
      const program = await compile(graph({ inputs: [a, b, c], outputs: { y } }), { executor })
      const run = async (k: number) => {
        const ones = tensor(new Float64Array(2 * k).fill(1), [k, 2], dtype)
        const results = await program.run({ a: ones, b: ones, c: tensor([1, 2], [2], dtype) })
        return Array.from(results['y']!.data, Number)
      }
      expect(await run(0)).toEqual([2, 4, 2, 4])
      expect(await run(5)).toEqual([17, 19, 17, 19])
      await program.close()
    }
  },
)
