import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Value } from '../contract.ts'
import type { Tensors } from '../executor.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import type { Shape } from '../shape.ts'
import { tensor } from '../tensor.ts'
import { anySeed, anyShape, checkGradient, checkNative } from '../testing.ts'
import { apply, input, integers } from '../value.ts'
import { reduceSum } from './reduce.ts'
import { pad, padOperator, slice } from './slice.ts'

/** A slice of some axes that takes at least one element of each; an axis that is not sliced may be free. */
const slices = fc
  .record({
    shape: anyShape(3, 1),
    picks: fc.array(
      fc.record({
        take: fc.boolean(),
        from: fc.nat(3),
        to: fc.nat(3),
        step: fc.constantFrom(1, 2, 3, -1, -2),
        far: fc.boolean(),
      }),
      { minLength: 3, maxLength: 3 },
    ),
    free: fc.boolean(),
  })
  .map(({ shape, picks, free }) => {
    const axes = shape.flatMap((_, axis) => (picks[axis]?.take ? [axis] : []))
    const ranges = axes.map((axis) => {
      const size = shape[axis]!
      const { from, to, step, far } = picks[axis]!
      const low = Math.min(from % size, to % size)
      const high = Math.max(from % size, to % size)
      if (step > 0) return { start: low - (far ? size : 0), end: far ? 1000 : high + 1, step }
      return { start: high, end: far ? -1000 : low - 1 < 0 ? -size - 1 : low - 1, step }
    })
    const shown: Shape = shape.map((d, i) => (free && i === 0 && !axes.includes(0) ? 'N' : d))
    const build = (x: Value) =>
      slice(
        x,
        ranges.map((r) => r.start),
        ranges.map((r) => r.end),
        axes,
        ranges.map((r) => r.step),
      )
    return { shape: shown, build }
  })

describe('Slice', () => {
  test('gradient agrees with differences, also with steps and backwards', () => {
    fc.assert(
      fc.property(slices, anySeed, ({ shape, build }, seed) => {
        checkGradient(build, [shape], { seed, dims: { N: 3 } })
      }),
      { seed: 1, numRuns: 80 },
    )
  })

  test('plain agrees with native', async () => {
    await fc.assert(
      fc.asyncProperty(slices, anySeed, async ({ shape, build }, seed) => {
        await checkNative(build, [shape], { seed, dims: { N: 3 } })
      }),
      { seed: 2, numRuns: 25 },
    )
  })

  test('the gradient along a free dimension asks for its size', () => {
    const x = input('x', ['N', 3])
    expect(() => gradients(reduceSum(slice(x, [1], [3])), [x])).toThrow(
      'the gradient of Slice along axis 0 of [N, 3] needs to know its size',
    )
  })
})

describe('Pad', () => {
  const pads = fc
    .record({
      shape: anyShape(3, 1),
      before: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 3, maxLength: 3 }),
      after: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 3, maxLength: 3 }),
      free: fc.boolean(),
    })
    .map(({ shape, before, after, free }) => ({
      shape: shape.map((d, i) => (free && i === 0 ? 'N' : d)) as Shape,
      before: shape.map((_, i) => (free && i === 0 ? 0 : before[i]!)),
      after: shape.map((_, i) => (free && i === 0 ? 0 : after[i]!)),
    }))

  test('gradient agrees with differences, also by the constant', () => {
    fc.assert(
      fc.property(pads, anySeed, ({ shape, before, after }, seed) => {
        checkGradient((x, value) => pad(x, before, after, { value }), [shape, []], { seed, dims: { N: 3 } })
      }),
      { seed: 3, numRuns: 40 },
    )
  })

  test('plain agrees with native', async () => {
    await fc.assert(
      fc.asyncProperty(pads, anySeed, async ({ shape, before, after }, seed) => {
        await checkNative((x, value) => pad(x, before, after, { value }), [shape, []], {
          seed,
          dims: { N: 3 },
        })
      }),
      { seed: 4, numRuns: 15 },
    )
  })

  test('crops by negative pads', async () => {
    const crop = (x: Value) => pad(x, [-1, 2], [0, -1])
    checkGradient(crop, [[3, 4]])
    await checkNative(crop, [[3, 4]])
  })

  test.each(['reflect', 'edge', 'wrap'] as const)('%s: gradient, and as ONNX Runtime', async (mode) => {
    const cases: [before: number[], after: number[]][] = [
      [
        [1, 0, 2],
        [2, 0, 1],
      ],
      [
        [0, 0, -1],
        [2, 0, 2],
      ],
    ]
    for (const [before, after] of cases) {
      const build = (x: Value) => pad(x, before, after, { mode })
      checkGradient(build, [[3, 'N', 4]], { dims: { N: 2 } })
      await checkNative(build, [[3, 'N', 4]], { dims: { N: 2 } })
    }
  })

  test('repeats as NumPy does, cropped first', () => {
    const x = input('x', [4])
    const outputs = {
      reflect: pad(x, [-1], [2], { mode: 'reflect' }),
      edge: pad(x, [3], [-2], { mode: 'edge' }),
      wrap: pad(x, [5], [-1], { mode: 'wrap' }),
    }
    const got = compilePlain(graph({ inputs: [x], outputs })).run({ x: tensor([1, 2, 3, 4], [4]) })
    const read = (name: string) => Array.from((got as Tensors)[name]!.data as Float64Array)
    expect(read('reflect')).toEqual([2, 3, 4, 3, 2])
    expect(read('edge')).toEqual([1, 1, 1, 1, 2])
    expect(read('wrap')).toEqual([2, 3, 1, 2, 3, 1, 2, 3])
  })

  test('names axes, the last ones too', async () => {
    const build = (x: Value) =>
      apply(padOperator, [x, integers([1, 0, 2, 1]), undefined, integers([-1, 0])], { mode: 'reflect' })
    checkGradient(build, [[3, 2, 4]])
    await checkNative(build, [[3, 2, 4]])
  })

  test('refuses what cannot be repeated, and modes that it does not know', () => {
    const x = input('x', [0, 3])
    expect(() => pad(x, [1, 0], [0, 0], { mode: 'edge' })).toThrow(/cannot be padded by 1 and 0/)
    expect(() => pad(x, [0, 3], [0, 0], { mode: 'reflect' })).toThrow(/axis 1 of \[0, 3\] cannot be padded/)
    expect(() => pad(x, [0, -1], [0, 2], { mode: 'reflect' })).toThrow(/axis 1 of \[0, 3\] cannot be padded/)
    expect(() => pad(x, [0, 0], [0, 1], { mode: 'mirror' as 'edge' })).toThrow(/mode 'mirror' is not one of/)
    const free = input('x', [2, 'N'])
    expect(() => gradients(reduceSum(pad(free, [0, 1], [0, 0], { mode: 'wrap' })), [free])).toThrow(
      'a size that is padded is not known',
    )
  })
})

test.each([
  [[-9], [9], [-1]],
  [[0], [3], [-2]],
  [[3], [3], [2]],
  [[3], [1], [1]],
] as const)('from %j to %j by %j it takes nothing, whose gradient is 0', async (starts, ends, steps) => {
  const build = (x: Value) => [slice(x, starts, ends, [0], steps), x]
  checkGradient(build, [[4, 2]])
  await checkNative(build, [[4, 2]])
})
