import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { compile } from '../compile.ts'
import type { Value } from '../contract.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import type { Shape } from '../shape.ts'
import { tensor } from '../tensor.ts'
import { anySeed, anyShape, checkGradient, checkNative } from '../testing.ts'
import { constant, input } from '../value.ts'
import { mul } from './arithmetic.ts'
import { identity } from './cast.ts'
import { gather, gatherElements, scatterElements } from './gather.ts'

/** Indices that are not known to shape inference, as those of a batch are. */
const hidden = (values: readonly number[], shape: readonly number[]): Value => {
  const known = constant(values, shape, 'int64')
  return { ...known, content: undefined }
}

const gathers = fc
  .record({
    shape: anyShape(3, 1),
    axis: fc.nat(2),
    indices: anyShape(2),
    picks: fc.array(fc.nat(100), { minLength: 16, maxLength: 16 }),
    free: fc.boolean(),
    known: fc.boolean(),
  })
  .map(({ shape, axis, indices, picks, free, known }) => {
    const at = axis % shape.length
    const size = shape[at]!
    const count = indices.reduce((a, b) => a * b, 1)
    const values = picks.slice(0, count).map((p) => (p % (2 * size)) - size)
    const places = known ? constant(values, indices, 'int64') : hidden(values, indices)
    const shown: Shape = shape.map((d, i) => (free && i === 0 && at !== 0 ? 'N' : d))
    return { shape: shown, build: (x: Value) => gather(x, places, at) }
  })

describe('Gather', () => {
  test('gradient agrees with differences: repeated and negative indices of any rank', () => {
    fc.assert(
      fc.property(gathers, anySeed, ({ shape, build }, seed) => {
        checkGradient(build, [shape], { seed, dims: { N: 3 } })
      }),
      { seed: 1, numRuns: 60 },
    )
  })

  test('plain agrees with native', async () => {
    await fc.assert(
      fc.asyncProperty(gathers, anySeed, async ({ shape, build }, seed) => {
        await checkNative(build, [shape], { seed, dims: { N: 3 } })
      }),
      { seed: 2, numRuns: 25 },
    )
  })

  test('an index outside names itself and the axis', () => {
    const i = input('i', [1], 'int64')
    const program = compilePlain(graph({ inputs: [i], outputs: { y: gather(constant([1, 2, 3]), i) } }))
    expect(() => program.run({ i: tensor([3], [1], 'int64') })).toThrow(
      'Gather: index 3 is outside an axis of 3',
    )
  })
})

/** A tensor, and as many axes of indices into it with no place twice. */
const elements = fc
  .record({ shape: anyShape(3, 1), axis: fc.nat(2), shift: fc.nat(3), free: fc.boolean() })
  .map(({ shape, axis, shift }) => {
    const at = axis % shape.length
    const size = shape[at]!
    const count = shape.reduce((a, b) => a * b, 1)
    const inner = shape.slice(at + 1).reduce((a, b) => a * b, 1)
    // A rotation along the axis, by more in later lanes.
    const values = Array.from(
      { length: count },
      (_, i) => (Math.floor(i / inner) + shift + (i % inner)) % size,
    )
    return { shape, axis: at, indices: hidden(values, shape) }
  })

describe('GatherElements and ScatterElements', () => {
  test('gradients agree with differences', () => {
    fc.assert(
      fc.property(
        elements,
        anySeed,
        fc.constantFrom('none', 'add'),
        ({ shape, axis, indices }, seed, how) => {
          checkGradient((x) => gatherElements(x, indices, axis), [shape], { seed })
          checkGradient((x, u) => scatterElements(x, indices, u, { axis, reduction: how }), [shape, shape], {
            seed,
          })
        },
      ),
      { seed: 3, numRuns: 30 },
    )
  })

  test('plain agrees with native', async () => {
    await fc.assert(
      fc.asyncProperty(elements, anySeed, async ({ shape, axis, indices }, seed) => {
        await checkNative((x) => gatherElements(x, indices, axis), [shape], { seed })
        await checkNative((x, u) => scatterElements(x, indices, u, { axis }), [shape, shape], { seed })
        await checkNative(
          (x, u) => scatterElements(identity(x), indices, mul(u, u), { axis, reduction: 'add' }),
          [shape, shape],
          { seed },
        )
      }),
      { seed: 4, numRuns: 10 },
    )
  })

  test('refuses indices that reach over the other axes, when sizes are known and when they come', async () => {
    const indices = constant([0, 0, 1], [1, 3], 'int64')
    const update = constant([7, 8, 9], [1, 3])
    for (const build of [
      (x: Value) => gatherElements(x, indices, 0),
      (x: Value) => scatterElements(x, indices, update),
    ]) {
      const over = 'indices of shape [1, 3] for [2, 2]'
      expect(() => build(input('x', [2, 2]))).toThrow(over)
      const x = input('x', [2, 'N'])
      const g = graph({ inputs: [x], outputs: { y: build(x) } })
      expect(() => compilePlain(g).run({ x: tensor([1, 2, 3, 4], [2, 2]) })).toThrow(over)
      const native = await compile(g, { executor: 'native' })
      await expect(native.run({ x: tensor([1, 2, 3, 4], [2, 2]) })).rejects.toThrow(FrostglassError)
      await native.close()
      // As long along the axis itself as one likes, and shorter along others.
      const longer = constant([0, 1, 0], [3, 1], 'int64')
      await checkNative((v) => gatherElements(v, longer, 0), [[2, 2]])
    }
  })

  test('added at one place twice', async () => {
    const twice = (x: Value, u: Value) =>
      scatterElements(x, constant([1, 1, -2], [3], 'int64'), u, { reduction: 'add' })
    checkGradient(twice, [[3], [3]])
    await checkNative(twice, [[3], [3]])
  })
})
