import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Value } from '../contract.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { anySeed, checkGradient, checkNative } from '../testing.ts'
import { applyAll, constant, input } from '../value.ts'
import { batchNormalization, batchNormalizationOperator, batchNormTraining } from './normalise.ts'

const shapes = fc.record({
  batch: fc.integer({ min: 2, max: 4 }),
  channels: fc.integer({ min: 1, max: 3 }),
  spatial: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
  seed: anySeed,
})

describe('BatchNormalization', () => {
  // Variances must be positive, so all inputs are.
  const domain = [0.2, 2] as const
  const build = (x: Value, scale: Value, bias: Value, mean: Value, variance: Value) =>
    batchNormalization(x, scale, bias, mean, variance, 1e-2)

  it('has the gradients that differences give, by all five inputs', () => {
    fc.assert(
      fc.property(shapes, ({ batch, channels, spatial, seed }) => {
        const each = [channels]
        checkGradient(build, [['N', channels, ...spatial], each, each, each, each], {
          dims: { N: batch },
          domain,
          seed,
        })
      }),
      { numRuns: 40, seed: 1 },
    )
  })

  it('agrees with ONNX Runtime, in double too', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ batch, channels, spatial, seed }) => {
        const each = [channels]
        const all = [['N', channels, ...spatial], each, each, each, each]
        await checkNative(build, all, { dims: { N: batch }, domain, seed })
      }),
      { numRuns: 20, seed: 2 },
    )
  })

  it('moves running moments on in training, as ONNX Runtime does', async () => {
    const training = (...inputs: Value[]) =>
      applyAll(batchNormalizationOperator, inputs, { training_mode: 1, momentum: 0.75, epsilon: 1e-2 })
    const each = [2]
    const options = { domain, dims: { N: 3 }, dtypes: ['float32'], gradient: false } as const
    await checkNative(training, [['N', 2, 3], each, each, each, each], options)
    const x = input('x', [2, 1])
    const [one, zero] = [1, 0].map((v) => constant([v], [1])) as [Value, Value]
    const [y, mean, variance] = applyAll(batchNormalizationOperator, [x, one, zero, one, zero], {
      training_mode: 1,
      momentum: 0.75,
      epsilon: 0,
    }) as [Value, Value, Value]
    const program = compilePlain(graph({ inputs: [x], outputs: { y, mean, variance } }))
    const found = program.run({ x: tensor([3, 7], [2, 1]) }) as Record<'y' | 'mean' | 'variance', Tensor>
    // The batch's mean is 5 and its variance 4: a quarter of each comes in.
    expect([found.y, found.mean, found.variance].map((t) => [...t.data])).toEqual([[-1, 1], [2], [1]])
  })

  it('refuses moments of another size', () => {
    const c = input('c', [3])
    expect(() => batchNormalization(input('x', ['N', 3, 4]), c, c, input('m', [4]), c)).toThrow(
      /\[N, 3, 4\] has 3 channels.*shape \[4\]/,
    )
  })
})

describe('batchNormTraining', () => {
  const build = (x: Value, scale: Value, bias: Value) => {
    const { y, mean, variance } = batchNormTraining(x, scale, bias, 1e-2)
    return [y, mean, variance]
  }

  it('has the gradients that differences give, by way of the moments too', () => {
    fc.assert(
      fc.property(shapes, ({ batch, channels, spatial, seed }) => {
        checkGradient(build, [['N', channels, ...spatial], [channels], [channels]], {
          dims: { N: batch },
          seed,
        })
      }),
      { numRuns: 40, seed: 3 },
    )
  })

  it('agrees with ONNX Runtime, in double too', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ batch, channels, spatial, seed }) => {
        await checkNative(build, [['N', channels, ...spatial], [channels], [channels]], {
          dims: { N: batch },
          seed,
        })
      }),
      { numRuns: 20, seed: 4 },
    )
  })

  it('gives each channel mean 0 and variance 1 before scale and bias', () => {
    const x = input('x', [2, 2, 2])
    const [scale, bias] = [input('scale', [2]), input('bias', [2])]
    const { y, mean, variance } = batchNormTraining(x, scale, bias, 0)
    const program = compilePlain(graph({ inputs: [x, scale, bias], outputs: { y, mean, variance } }))
    const got = program.run({
      x: tensor([1, 3, 10, 30, 5, 7, 50, 70], [2, 2, 2], 'float32'),
      scale: tensor([1, 2], [2], 'float32'),
      bias: tensor([0, 5], [2], 'float32'),
    }) as Record<string, Tensor>
    expect(Array.from(got['mean']?.data as Float64Array)).toEqual([4, 40])
    expect(Array.from(got['variance']?.data as Float64Array)).toEqual([5, 500])
    const unit = [-3, -1, -3, -1, 1, 3, 1, 3].map((v) => v / Math.sqrt(5))
    const expected = unit.map((v, i) => (i % 4 < 2 ? v : 2 * v + 5))
    const values = got['y']?.data as Float64Array
    expected.forEach((e, i) => void expect(values[i]).toBeCloseTo(e, 12))
  })
})
