import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../random/seeded.ts'
import type { Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compileNative } from '../native/program.ts'
import { compilePlain } from '../plain/program.ts'
import { type DType, type Tensor, tensor } from '../tensor.ts'
import { constant, input } from '../value.ts'
import { mul } from './arithmetic.ts'
import { conv } from './conv.ts'
import { relu } from './elementwise.ts'
import { maxPool } from './pool.ts'
import { reduceSum } from './reduce.ts'

const channels = 16
const shape = [2, channels, 4, 6]
const size = 2 * channels * 4 * 6

/** The gradient of a weighted sum of `build(x)` by `x`. */
async function gradientBy(
  build: (x: Value) => Value,
  values: readonly number[],
  dtype: DType,
  executor: 'plain' | 'native',
): Promise<Float32Array> {
  const x = input('x', shape, dtype)
  const y = build(x)
  const count = (y.shape as number[]).reduce((a, b) => a * b, 1)
  const weights = Array.from({ length: count }, (_, i) => Math.fround(Math.sin(i + 1)))
  const [g] = gradients(reduceSum(mul(y, constant(weights, y.shape as number[], dtype))), [x]) as [Value]
  const whole = graph({ inputs: [x], outputs: { g } })
  const program = executor === 'plain' ? compilePlain(whole) : await compileNative(whole, {})
  const { g: found } = (await program.run({ x: tensor(values, shape, dtype) })) as Record<'g', Tensor>
  const out = Float32Array.from(found.data as Float32Array)
  await program.close()
  return out
}

const drawn = (seed: number, map: (v: number) => number = (v) => v): number[] => {
  const source = seededRandom(seed)
  return Array.from({ length: size }, () => Math.fround(map(2 * source.uniform() - 1)))
}

const tiles = (x: Value) => maxPool(x, [2, 2], { strides: [2, 2] })
const known = (outputs: number, inputs: number, side: number, seed: number, dtype: DType): Value => {
  const source = seededRandom(seed)
  const values = Array.from({ length: outputs * inputs * side * side }, () => source.normal() / (side * 4))
  return constant(values, [outputs, inputs, side, side], dtype)
}

describe('gradients in blocks of channels', () => {
  // float64 finds the first maximum by its index: another rule altogether.
  it.each([
    ['of both signs', (v: number) => v],
    ['below zero', (v: number) => -1 - Math.abs(v)],
    ['of all magnitudes', (v: number) => v * 2 ** Math.round(60 * v)],
    ['next to each other', (v: number) => 1 + Math.round(v * 1000) * 2 ** -23],
    ['next to each other below zero', (v: number) => -1 - Math.round(v * 1000) * 2 ** -23],
  ])('give a maximum %s all of its window', async (_, map) => {
    const unique = (values: number[]) => {
      // Windows with a tie are told apart elsewhere.
      for (let row = 0; row < size / 6; row += 2) {
        for (let column = 0; column < 6; column += 2) {
          const at = [0, 1, 6, 7].map((o) => row * 6 + column + o)
          const most = Math.max(...at.map((i) => values[i]!))
          const [, ...rest] = at.filter((i) => values[i] === most)
          for (const i of rest) values[i] = most - 2 * Math.abs(most) - 1
        }
      }
      return values
    }
    const values = unique(drawn(3, map))
    const exact = await gradientBy(tiles, values, 'float64', 'plain')
    const ours = await gradientBy(tiles, values, 'float32', 'native')
    ours.forEach((g, i) => void expect(g).toBeCloseTo(exact[i]!, 6))
    expect(ours.filter((g) => g !== 0).length).toBe(size / 4)
  })

  it('share ties equally, of zeros too', async () => {
    for (const value of [0, 0.3, -0.3, 1, -1, 2 ** -120]) {
      const ours = await gradientBy(tiles, new Array<number>(size).fill(value), 'float32', 'native')
      // Windows in row-major order: the first has the first weight.
      expect(ours[0]).toBeCloseTo(Math.sin(1) / 4, 6)
      expect(Array.from(ours.subarray(0, 2))).toEqual(Array.from(ours.subarray(6, 8)))
      expect(ours.every(Number.isFinite)).toBe(true)
    }
  })

  it('pass where a ReLU between known convolutions is open', async () => {
    const build = (dtype: DType) => (x: Value) => {
      const hidden = relu(conv(x, known(16, channels, 3, 5, dtype), undefined, { pads: [1, 1, 1, 1] }))
      return conv(hidden, known(16, 16, 3, 6, dtype))
    }
    const values = drawn(7)
    const exact = await gradientBy(build('float64'), values, 'float64', 'plain')
    for (const executor of ['plain', 'native'] as const) {
      const ours = await gradientBy(build('float32'), values, 'float32', executor)
      const most = Math.max(...exact.map(Math.abs))
      ours.forEach((g, i) => void expect(Math.abs(g - exact[i]!)).toBeLessThan(2e-6 * most))
    }
  })

  it('are zero where the ReLU is shut', async () => {
    const build = (x: Value) =>
      conv(relu(conv(x, known(16, channels, 1, 5, 'float32'))), known(16, 16, 1, 6, 'float32'))
    const ours = await gradientBy(build, new Array<number>(size).fill(0), 'float32', 'native')
    expect(ours.every((g) => g === 0)).toBe(true)
  })

  it('have masks that a second differentiation takes for constants', async () => {
    // The gradient of Σ w·max² by x is 2·w·max at the maximum; that of its sum again 2·w.
    const x = input('x', shape, 'float32')
    const y = tiles(x)
    const [first] = gradients(reduceSum(mul(y, y)), [x]) as [Value]
    const [second] = gradients(reduceSum(first), [x]) as [Value]
    const program = await compileNative(graph({ inputs: [x], outputs: { second } }), {})
    const { second: found } = (await program.run({ x: tensor(drawn(9), shape, 'float32') })) as Record<
      'second',
      Tensor
    >
    const counts = new Map<number, number>()
    for (const v of found.data as Float32Array) {
      const rounded = Math.round(v * 1e5) / 1e5
      counts.set(rounded, (counts.get(rounded) ?? 0) + 1)
    }
    expect(Object.fromEntries(counts)).toEqual({ 0: (size * 3) / 4, 2: size / 4 })
    await program.close()
  })
})
