import { describe, expect, test } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { compile } from '../compile.ts'
import type { Value } from '../contract.ts'
import { graph } from '../graph.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { apply, constant, input } from '../value.ts'
import { gridSampleOperator } from './gridSample.ts'

const modes = ['linear', 'nearest', 'cubic']
const paddings = ['zeros', 'border', 'reflection']
const methods = modes.flatMap((mode) =>
  paddings.flatMap((padding_mode) =>
    [0, 1].map((align_corners) => ({ mode, padding_mode, align_corners }) as const),
  ),
)
type Method = (typeof methods)[number]
const sample = (method: Method) => (x: Value, grid: Value) => apply(gridSampleOperator, [x, grid], method)

describe.each(methods)('GridSample, $mode, $padding_mode, corners $align_corners', (method) => {
  // Points from −1.85 to 1.85: half of them beyond the border.
  test('has the gradient that differences give', () => {
    if (method.mode === 'nearest') {
      // Of the image alone: a place that moves within an element finds the same.
      const grid = constant([-1.4, -0.2, 0.3, 0.9, 1.2, -0.6], [1, 1, 3, 2], 'float64')
      checkGradient((x) => sample(method)(x, grid), [[1, 2, 3, 4]])
      return
    }
    checkGradient(
      sample(method),
      [
        [1, 2, 3, 4],
        [1, 2, 3, 2],
      ],
      { seed: 5 },
    )
  })

  test('agrees with ONNX Runtime', async () => {
    await checkNative(
      sample(method),
      [
        ['N', 2, 3, 4],
        ['N', 4, 3, 2],
      ],
      { dims: { N: 2 }, dtypes: ['float32'], gradient: false },
    )
    if (method.mode === 'cubic') return
    await checkNative(
      sample(method),
      [
        [1, 2, 3, 2, 4],
        [1, 2, 3, 2, 3],
      ],
      { dtypes: ['float32'], gradient: false },
    )
  })
})

describe('GridSample', () => {
  test('has a gradient that ONNX Runtime computes too', async () => {
    await checkNative(
      sample({ mode: 'linear', padding_mode: 'border', align_corners: 1 }),
      [
        [2, 2, 3, 4],
        [2, 2, 3, 2],
      ],
      { dtypes: ['float32'] },
    )
  })

  test('differentiates over three axes, and over one', () => {
    const method = { mode: 'linear', padding_mode: 'zeros', align_corners: 1 } as const
    checkGradient(
      sample(method),
      [
        [1, 2, 3, 2, 3],
        [1, 2, 1, 2, 3],
      ],
      { domain: [-0.9, 0.9], seed: 3 },
    )
    checkGradient(
      sample({ ...method, mode: 'cubic' }),
      [
        [2, 1, 5],
        [2, 3, 1],
      ],
      { domain: [-0.9, 0.9], seed: 3 },
    )
  })

  test('takes a single element, and points far outside', async () => {
    const x = input('x', [1, 1, 1, 2])
    const grid = input('grid', [1, 1, 3, 2])
    const feeds = {
      x: tensor([3, 5], [1, 1, 1, 2]),
      grid: tensor([1e30, 0, -1e9, 0.2, 0, 1e12], [1, 1, 3, 2]),
    }
    for (const method of methods) {
      if (method.padding_mode === 'reflection') continue
      const g = graph({ inputs: [x, grid], outputs: { y: sample(method)(x, grid) } })
      const found: number[][] = []
      for (const executor of ['plain', 'native'] as const) {
        const program = await compile(g, { executor })
        const { y } = (await program.run(feeds)) as { y: Tensor }
        found.push(Array.from(y.data, Number))
        await program.close()
      }
      const [plain, native] = found as [number[], number[]]
      expect(plain, JSON.stringify(method)).toEqual(native.map((v) => expect.closeTo(v, 5)))
    }
  })

  test('keeps images of a single row, column or element apart', async () => {
    const points = [0.3, 0.4, -1.7, 2.5, 0, 0, 0.9, -1.2]
    const grid = input('grid', [2, 2, 1, 2])
    for (const [high, wide] of [
      [1, 1],
      [1, 3],
      [3, 1],
    ] as const) {
      const x = input('x', [2, 2, high, wide])
      const pixels = Array.from({ length: 4 * high * wide }, (_, i) => 2 ** i)
      const feeds = { x: tensor(pixels, [2, 2, high, wide]), grid: tensor(points, [2, 2, 1, 2]) }
      for (const method of methods) {
        const g = graph({ inputs: [x, grid], outputs: { y: sample(method)(x, grid) } })
        const found: Tensor[] = []
        for (const executor of ['plain', 'native'] as const) {
          const program = await compile(g, { executor })
          found.push(((await program.run(feeds)) as { y: Tensor }).y)
          await program.close()
        }
        const [plain, native] = found as [Tensor, Tensor]
        expect(plain.shape, JSON.stringify(method)).toEqual(native.shape)
        const near = Array.from(native.data, Number).map((v) => expect.closeTo(v, 2))
        expect(Array.from(plain.data, Number), JSON.stringify(method)).toEqual(near)
      }
    }
  })

  test('refuses a point that is no number, on the plain executor', async () => {
    const [x, grid] = [input('x', [1, 1, 2]), input('grid', [1, 1, 1])]
    const y = sample({ mode: 'linear', padding_mode: 'border', align_corners: 0 })(x, grid)
    const program = await compile(graph({ inputs: [x, grid], outputs: { y } }), { executor: 'plain' })
    const run = async () => program.run({ x: tensor([1, 2], [1, 1, 2]), grid: tensor([NaN], [1, 1, 1]) })
    await expect(run()).rejects.toThrow(FrostglassError)
  })

  test('refuses what does not fit, and words that ONNX does not have', () => {
    const x = input('x', [1, 2, 3, 4])
    expect(() => apply(gridSampleOperator, [x, input('g', [1, 2, 2, 3])])).toThrow(
      'GridSample: [1, 2, 3, 4] at the points [1, 2, 2, 3]',
    )
    expect(() => apply(gridSampleOperator, [x, input('g', [1, 2, 2, 2])], { mode: 'bilinear' })).toThrow(
      "GridSample: mode 'bilinear' is not one of linear, nearest, cubic",
    )
  })
})
