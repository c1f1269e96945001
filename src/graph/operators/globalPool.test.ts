import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { anySeed, anyShape, checkGradient, checkNative } from '../testing.ts'
import { input } from '../value.ts'
import { globalAveragePool, globalMaxPool } from './globalPool.ts'
import { reduceSum } from './reduce.ts'

describe.each([
  ['GlobalAveragePool', globalAveragePool],
  ['GlobalMaxPool', globalMaxPool],
])('%s', (name, pool) => {
  it('has the gradient that differences give', () => {
    fc.assert(
      fc.property(anyShape(4, 3), anySeed, (shape, seed) => {
        checkGradient(pool, [['N', ...shape.slice(1)]], { dims: { N: shape[0]! }, seed })
      }),
      { numRuns: 30, seed: 1 },
    )
  })

  it('agrees with ONNX Runtime', async () => {
    await fc.assert(
      fc.asyncProperty(anyShape(4, 3), anySeed, async (shape, seed) => {
        const dims = { N: shape[0]! }
        await checkNative(pool, [['N', ...shape.slice(1)]], { dims, seed, withoutDouble: [name] })
      }),
      { numRuns: 20, seed: 2 },
    )
  })
})

describe('GlobalMaxPool', () => {
  it('shares a tie equally', () => {
    const x = input('x', [1, 1, 2, 2])
    const [g] = gradients(reduceSum(globalMaxPool(x)), [x]) as [Value]
    const program = compilePlain(graph({ inputs: [x], outputs: { g } }))
    const { g: got } = program.run({ x: tensor([3, 1, 3, 2], [1, 1, 2, 2], 'float32') }) as { g: Tensor }
    expect(Array.from(got.data as Float64Array)).toEqual([0.5, 0, 0.5, 0])
  })
})
