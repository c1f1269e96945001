import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import type { Value } from '../contract.ts'
import type { Tensors } from '../executor.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { tensor } from '../tensor.ts'
import { anySeed, checkGradient, checkNative } from '../testing.ts'
import { apply, constant, input, integers } from '../value.ts'
import { mul } from './arithmetic.ts'
import { col2imOperator } from './columns.ts'
import { type ConvOptions, conv } from './conv.ts'
import { convTranspose } from './convTranspose.ts'
import { reduceSum } from './reduce.ts'

const withoutDouble = ['Conv', 'ConvTranspose', 'Col2Im']

/** One or two spatial axes with any stride, dilation, uneven pads or automatic ones, in which the window fits. */
const axis = fc
  .record({
    kernel: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    begin: fc.integer({ min: 0, max: 2 }),
    end: fc.integer({ min: 0, max: 2 }),
    more: fc.integer({ min: 0, max: 4 }),
    extra: fc.nat(2),
  })
  .map((a) => ({ ...a, size: Math.max(1, (a.kernel - 1) * a.dilation + 1 - a.begin - a.end) + a.more }))

const geometry = fc.record({
  axes: fc.array(axis, { minLength: 1, maxLength: 2 }),
  group: fc.integer({ min: 1, max: 3 }),
  channels: fc.integer({ min: 1, max: 2 }),
  filters: fc.integer({ min: 1, max: 2 }),
  batch: fc.integer({ min: 1, max: 3 }),
  autoPad: fc.constantFrom(undefined, undefined, undefined, 'SAME_UPPER', 'SAME_LOWER'),
  seed: anySeed,
})

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never

function optionsOf(g: Geometry): ConvOptions {
  return {
    strides: g.axes.map((a) => a.stride),
    dilations: g.axes.map((a) => a.dilation),
    group: g.group,
    ...(g.autoPad
      ? { autoPad: g.autoPad as 'SAME_UPPER' }
      : { pads: [...g.axes.map((a) => a.begin), ...g.axes.map((a) => a.end)] }),
  }
}

function convCase(g: Geometry) {
  const outputs = g.filters * g.group
  const build = (x: Value, w: Value, b: Value) => conv(x, w, b, optionsOf(g))
  const shapes = [
    ['N', g.channels * g.group, ...g.axes.map((a) => a.size)],
    [outputs, g.channels, ...g.axes.map((a) => a.kernel)],
    [outputs],
  ]
  return { build, shapes, options: { dims: { N: g.batch }, seed: g.seed } }
}

function convTransposeCase(g: Geometry) {
  // Pads crop here: leave something.
  const sizes = g.axes.map((a) => a.more + 2)
  const pads = g.axes.map((a) => Math.min(a.begin, a.kernel - 1))
  const outputPadding = g.axes.map((a) => Math.min(a.extra, a.stride - 1))
  const build = (x: Value, w: Value, b: Value) =>
    convTranspose(x, w, b, {
      strides: g.axes.map((a) => a.stride),
      dilations: g.axes.map((a) => a.dilation),
      group: g.group,
      pads: [...pads, ...pads.map((p, i) => Math.min(p, g.axes[i]?.end ?? 0))],
      outputPadding,
    })
  const shapes = [
    ['N', g.channels * g.group, ...sizes],
    [g.channels * g.group, g.filters, ...g.axes.map((a) => a.kernel)],
    [g.filters * g.group],
  ]
  return { build, shapes, options: { dims: { N: g.batch }, seed: g.seed } }
}

function runPlain(y: Value, feeds: Record<string, readonly number[]>, inputs: Value[]): number[] {
  const program = compilePlain(graph({ inputs, outputs: { y } }))
  const tensors = Object.fromEntries(
    inputs.map((v) => [v.name!, tensor(feeds[v.name!] ?? [], v.shape as number[], 'float64')]),
  )
  return Array.from((program.run(tensors) as Tensors)['y']?.data as Float64Array)
}

describe('Conv', () => {
  it('correlates, without flipping filters', () => {
    const x = input('x', [1, 1, 3, 3], 'float64')
    const w = input('w', [1, 1, 2, 2], 'float64')
    const y = conv(x, w)
    expect(runPlain(y, { x: [1, 2, 3, 4, 5, 6, 7, 8, 9], w: [1, 10, 100, 1000] }, [x, w])).toEqual([
      5421, 6532, 8754, 9865,
    ])
  })

  it('has the gradient that differences give', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const { build, shapes, options } = convCase(g)
        checkGradient(build, shapes, options)
      }),
      { numRuns: 60, seed: 1 },
    )
  })

  it('agrees with ONNX Runtime', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (g) => {
        const { build, shapes, options } = convCase(g)
        await checkNative(build, shapes, { ...options, withoutDouble })
      }),
      { numRuns: 40, seed: 2 },
    )
  })

  it.each([
    ['many windows, few channels', [2, 2, 10, 10], [3, 2, 3, 3], {}],
    ['few windows, few channels', [2, 2, 5, 5], [3, 2, 3, 3], {}],
    ['many windows, many channels', [2, 32, 23, 25], [1, 32, 1, 2], {}],
    ['many windows, depthwise', [2, 3, 9, 9], [3, 1, 2, 2], { group: 3 }],
    ['many windows, groups', [2, 4, 9, 9], [6, 2, 2, 2], { group: 2 }],
    ['many channels', [2, 8, 5, 6], [3, 8, 3, 2], { strides: [1, 2], dilations: [2, 1], pads: [1, 0, 0, 2] }],
    ['many channels, along a line', [2, 9, 8], [3, 9, 3], { strides: [2], pads: [1, 0] }],
    ['wide kernels', [2, 2, 6, 11], [3, 2, 2, 5], { strides: [2, 2], dilations: [2, 1], pads: [1, 2, 0, 3] }],
    ['wide kernels, along a line', [2, 1, 13], [3, 1, 5], { strides: [3], pads: [1, 2] }],
  ] as const)(
    'filter gradient with %s agrees with ONNX Runtime and differences',
    async (_, x, w, options) => {
      const build = (a: Value, b: Value) => conv(a, b, undefined, options)
      checkGradient((b) => conv(input0(x), b, undefined, options), [w])
      await checkNative(build, [['N', ...x.slice(1)], w], { dims: { N: 2 }, withoutDouble })
    },
  )

  it.each([
    ['in the padding of every window', [1, 1, 1, 2], [1, 1, 3, 3], { pads: [1, 1, 1, 1] }],
    ['in gaps around the image', [1, 1, 2, 1], [1, 1, 2, 3], { pads: [0, 2, 0, 2], dilations: [1, 2] }],
  ] as const)('elements of a filter that lie %s change nothing', async (_, x, w, options) => {
    const build = (a: Value, b: Value) => conv(a, b, undefined, options)
    checkGradient(build, [x, w])
    await checkNative(build, [x, w], { withoutDouble })
  })

  // Known filters with many channels go back another way: see turnedGradient.
  it.each([
    ['', [2, 16, 5, 6], [16, 16, 3, 2], {}],
    [', padded and dilated', [1, 16, 6, 6], [17, 16, 3, 3], { pads: [1, 2, 0, 1], dilations: [1, 2] }],
    [', in groups', [2, 32, 4, 4], [32, 16, 3, 3], { group: 2, pads: [1, 1, 1, 1] }],
    [', each channel apart', [2, 16, 5, 5], [16, 1, 3, 3], { group: 16, pads: [1, 1, 1, 1] }],
    [', of one element', [2, 16, 4, 4], [18, 16, 1, 1], {}],
    [', along a line', [2, 16, 9], [16, 16, 3], { pads: [2, 0] }],
    [', padded more than the window spans', [1, 16, 4, 4], [16, 16, 2, 2], { pads: [3, 3, 3, 3] }],
  ] as const)(
    'input gradient of known filters%s agrees with ONNX Runtime and differences',
    async (_, x, w, options) => {
      const values = Float64Array.from({ length: w.reduce<number>((n, d) => n * d, 1) }, (__, i) =>
        Math.sin(i),
      )
      const build = (a: Value) => conv(a, constant(values, w, a.dtype), undefined, options)
      checkGradient(build, [x])
      await checkNative(build, [x], { withoutDouble })
    },
  )

  it('can be differentiated twice, as attacks on gradients need', async () => {
    const build = (x: Value, w: Value) => {
      const y = conv(x, w, undefined, { strides: [1, 2], pads: [1, 0, 0, 1] })
      return gradients(reduceSum(mul(y, mul(y, y))), [x, w])
    }
    const shapes = [
      ['N', 2, 4, 5],
      [2, 2, 2, 3],
    ]
    checkGradient(build, shapes, { dims: { N: 2 } })
    await checkNative(build, shapes, { dims: { N: 2 }, withoutDouble })
  })

  it('keeps a free batch and, where padding keeps the size, a free height', () => {
    const w = input('w', [5, 3, 3, 3])
    expect(conv(input('x', ['N', 3, 8, 8]), w, undefined, { strides: [2, 2] }).shape).toEqual(['N', 5, 3, 3])
    expect(conv(input('x', ['N', 3, 'H', 8]), w, undefined, { autoPad: 'SAME_UPPER' }).shape).toEqual([
      'N',
      5,
      'H',
      8,
    ])
  })

  it.each([
    [
      'channels',
      [1, 3, 8, 8],
      [4, 2, 3, 3],
      {},
      /has 3 channels.*\[4, 2, 3, 3\].*read 2/,
      /second dimension 3/,
    ],
    ['rank', [1, 3, 8], [4, 3, 3, 3], {}, /differ in rank/, /3 dimensions/],
    [
      'a window too large',
      [1, 3, 2, 8],
      [4, 3, 3, 3],
      {},
      /window of 3.*does not fit 2.*\[2, 8\]/,
      /padding/,
    ],
    ['groups', [1, 4, 8, 8], [3, 2, 3, 3], { group: 2 }, /3 filters/, /multiple/],
    [
      'strides',
      [1, 3, 8, 8],
      [4, 3, 3, 3],
      { strides: [1] },
      /strides has 1 numbers, expected 2/,
      /spatial axis/,
    ],
  ] as const)('refuses %s that do not fit', (_, x, w, options, message, hint) => {
    const build = () => conv(input('x', x), input('w', w), undefined, options)
    expect(build).toThrow(message)
    expect(build).toThrow(expect.objectContaining({ code: 'shape', hint: expect.stringMatching(hint) }))
  })

  it('refuses a bias of another size, and a gradient over a size that is not known', () => {
    const w = input('w', [4, 3, 3, 3])
    expect(() => conv(input('x', [1, 3, 8, 8]), w, input('b', [3]))).toThrow(/bias has shape \[3\].*4 output/)
    const loss = reduceSum(conv(input('x', [1, 3, 'H', 8]), w))
    expect(() => gradients(loss, [w])).toThrow(FrostglassError)
    expect(() => gradients(loss, [w])).toThrow(/size that is not known: H/)
  })
})

/** A fixed tensor in float64, as an expression of a filter-only check. */
function input0(shape: readonly number[]): Value {
  const size = shape.reduce((a, b) => a * b, 1)
  return constant(
    Float64Array.from({ length: size }, (_, i) => Math.sin(1 + 7 * i)),
    shape,
    'float64',
  )
}

describe('ConvTranspose', () => {
  it('has the gradient that differences give', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const { build, shapes, options } = convTransposeCase(g)
        checkGradient(build, shapes, options)
      }),
      { numRuns: 50, seed: 3 },
    )
  })

  it('agrees with ONNX Runtime', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (g) => {
        const { build, shapes, options } = convTransposeCase(g)
        await checkNative(build, shapes, { ...options, withoutDouble })
      }),
      { numRuns: 40, seed: 4 },
    )
  })

  it.each(['SAME_UPPER', 'SAME_LOWER', 'VALID'] as const)(
    'pads by %s as ONNX Runtime does',
    async (autoPad) => {
      const build = (x: Value, w: Value) => convTranspose(x, w, undefined, { autoPad, strides: [2, 3] })
      await checkNative(
        build,
        [
          [2, 2, 3, 4],
          [2, 3, 3, 4],
        ],
        { withoutDouble },
      )
    },
  )

  it('refuses what does not fit', () => {
    const x = input('x', [1, 3, 4, 4])
    expect(() => convTranspose(x, input('w', [4, 2, 3, 3]))).toThrow(/has 3 channels.*read 4/)
    expect(() => convTranspose(x, input('w', [3, 2, 3, 3]), undefined, { pads: [3, 3, 3, 3] })).toThrow(
      /leave nothing of 6/,
    )
    expect(() => convTranspose(x, input('w', [3, 2, 3, 3]), undefined, { outputPadding: [1, 1] })).toThrow(
      /output_padding 1 with stride 1/,
    )
  })
})

describe('Col2Im', () => {
  it('adds overlapping windows, with a gradient, as ONNX Runtime does', async () => {
    const build = (x: Value) =>
      apply(col2imOperator, [x, integers([5, 6]), integers([2, 3])], {
        strides: [2, 1],
        dilations: [1, 2],
        pads: [0, 1, 1, 0],
      })
    const shape = ['N', 12, 9]
    checkGradient(build, [shape], { dims: { N: 2 } })
    await checkNative(build, [shape], { dims: { N: 2 }, withoutDouble: ['Col2Im'] })
  })

  it('refuses columns that are not windows', () => {
    expect(() => apply(col2imOperator, [input('x', [1, 12, 8]), integers([5, 6]), integers([2, 3])])).toThrow(
      /\[1, 12, 8\] does not hold 16 windows of 6/,
    )
  })
})
