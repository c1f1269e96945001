import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import type { Shape } from '../shape.ts'
import { anySeed, anyShape, checkGradient, checkNative } from '../testing.ts'
import { input } from '../value.ts'
import { reduceSum } from './reduce.ts'
import { pad, slice } from './slice.ts'

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

  test.each(['reflect', 'edge'] as const)('%s runs, and has no gradient', async (mode) => {
    const mirror = (x: Value) => pad(x, [1, 0, 2], [2, 0, 1], { mode })
    await checkNative(mirror, [[3, 'N', 4]], { gradient: false, dims: { N: 2 } })
    const x = input('x', [3, 'N', 4])
    expect(() => gradients(reduceSum(mirror(x)), [x])).toThrow(`Pad by '${mode}' has no gradient rule`)
  })
})
