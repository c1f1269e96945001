import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Value } from '../contract.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { tensor } from '../tensor.ts'
import { anySeed, checkGradient, checkNative } from '../testing.ts'
import { apply, input } from '../value.ts'
import { conv } from './conv.ts'
import { convTranspose } from './convTranspose.ts'
import { averagePoolOperator, maxPool } from './pool.ts'

// Three spatial axes; one and two are in the tests of each operator.
const axis = fc
  .record({
    kernel: fc.integer({ min: 1, max: 2 }),
    stride: fc.integer({ min: 1, max: 2 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    begin: fc.integer({ min: 0, max: 1 }),
    end: fc.integer({ min: 0, max: 1 }),
    more: fc.integer({ min: 0, max: 2 }),
  })
  .map((a) => ({
    ...a,
    begin: Math.min(a.begin, a.kernel - 1),
    end: Math.min(a.end, a.kernel - 1),
    size: (a.kernel - 1) * a.dilation + 1 + a.more,
  }))

const geometry = fc.record({
  axes: fc.array(axis, { minLength: 3, maxLength: 3 }),
  group: fc.integer({ min: 1, max: 2 }),
  tiles: fc.boolean(),
  ceil: fc.boolean(),
  padded: fc.boolean(),
  seed: anySeed,
})

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never

const windowOf = (g: Geometry) => ({
  strides: g.axes.map((a) => a.stride),
  dilations: g.axes.map((a) => a.dilation),
  pads: [...g.axes.map((a) => a.begin), ...g.axes.map((a) => a.end)],
})

const cases = {
  Conv(g: Geometry) {
    const build = (x: Value, w: Value, b: Value) => conv(x, w, b, { ...windowOf(g), group: g.group })
    const kernel = g.axes.map((a) => a.kernel)
    const shapes = [[1, 2, ...g.axes.map((a) => a.size)], [2, 2 / g.group, ...kernel], [2]]
    return { build, shapes }
  },
  ConvTranspose(g: Geometry) {
    const build = (x: Value, w: Value) =>
      convTranspose(x, w, undefined, { ...windowOf(g), pads: undefined, group: g.group })
    const shapes = [
      [2, 2, ...g.axes.map((a) => a.more + 1)],
      [2, 1, ...g.axes.map((a) => a.kernel)],
    ]
    return { build, shapes }
  },
  MaxPool(g: Geometry) {
    const kernel = g.axes.map((a) => a.kernel)
    const options = g.tiles ? { strides: kernel } : { ...windowOf(g), ceil: g.ceil }
    return {
      build: (x: Value) => maxPool(x, kernel, options),
      shapes: [[2, 1, ...g.axes.map((a) => a.size)]],
    }
  },
  AveragePool(g: Geometry) {
    const kernel = g.axes.map((a) => a.kernel)
    const window = g.tiles ? { strides: kernel } : windowOf(g)
    const attributes = { ...window, kernel_shape: kernel, count_include_pad: g.padded ? 1 : 0 }
    return {
      build: (x: Value) => apply(averagePoolOperator, [x], attributes),
      shapes: [[2, 1, ...g.axes.map((a) => a.size)]],
    }
  },
}

describe.each(Object.entries(cases))('%s over three axes', (_, caseOf) => {
  it('has the gradient that differences give', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const { build, shapes } = caseOf(g)
        checkGradient(build as (x: Value) => Value, shapes, { seed: g.seed })
      }),
      { numRuns: 12, seed: 1 },
    )
  })

  it('agrees with ONNX Runtime', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (g) => {
        const { build, shapes } = caseOf(g)
        const dtypes = ['float32'] as const
        await checkNative(build as (x: Value) => Value, shapes, { seed: g.seed, dtypes })
      }),
      { numRuns: 12, seed: 2 },
    )
  })
})

it('refuses a fourth axis by name on the plain executor', () => {
  const x = input('x', [1, 1, 2, 2, 2, 2])
  const program = compilePlain(graph({ inputs: [x], outputs: { y: maxPool(x, [2, 2, 2, 2]) } }))
  expect(() => program.run({ x: tensor(new Float32Array(16), [1, 1, 2, 2, 2, 2]) })).toThrow(
    'MaxPool: 4 spatial axes have no plain kernel',
  )
})
