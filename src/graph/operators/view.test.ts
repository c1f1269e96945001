import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Value } from '../contract.ts'
import type { Shape } from '../shape.ts'
import { anySeed, anyShape, type Build, checkGradient, checkNative } from '../testing.ts'
import { apply, input } from '../value.ts'
import { mul } from './arithmetic.ts'
import { expand, flattenToMatrix, reshape, shapeOf, sizeOfValue, squeeze, unsqueeze } from './view.ts'

/** A function of one shape, drawn with it. */
const views: fc.Arbitrary<{ shape: Shape; build: Build }> = fc
  .record({
    shape: anyShape(3, 1),
    axis: fc.nat(3),
    kind: fc.constantFrom('flatten', 'reshape', 'unsqueeze', 'squeeze', 'expand'),
    free: fc.boolean(),
  })
  .map(({ shape, axis, kind, free }) => {
    const shown: Shape = shape.map((d, i) => (free && i === 0 ? 'N' : d))
    const at = axis % (shape.length + 1)
    const builds: Record<typeof kind, (x: Value) => Value> = {
      flatten: (x) => flattenToMatrix(x, at),
      reshape: (x) =>
        reshape(
          x,
          [-1, shape.at(-1)!, 1].slice(shape.length > 1 ? 0 : 2).concat(shape.length > 1 ? [] : [-1]),
        ),
      unsqueeze: (x) => unsqueeze(x, [at, -1]),
      squeeze: (x) => squeeze(unsqueeze(x, [at]), [at]),
      expand: (x) => expand(unsqueeze(x, [x.shape.length]), [2, ...shape.map(() => 1), 3]),
    }
    return { shape: shown, build: builds[kind] }
  })

test('gradients of views agree with differences', () => {
  fc.assert(
    fc.property(views, anySeed, ({ shape, build }, seed) => {
      checkGradient((x) => mul(build(x) as Value, build(x) as Value), [shape], { seed, dims: { N: 3 } })
    }),
    { seed: 1, numRuns: 100 },
  )
})

test('plain agrees with native on views', async () => {
  await fc.assert(
    fc.asyncProperty(views, anySeed, async ({ shape, build }, seed) => {
      await checkNative(build, [shape], { seed, dims: { N: 3 } })
    }),
    { seed: 2, numRuns: 40 },
  )
})

test('Shape and Size: plain agrees with native', async () => {
  await checkNative((x) => [shapeOf(x), sizeOfValue(x)], [['N', 3, 2]], { gradient: false, dims: { N: 4 } })
})

describe('Reshape', () => {
  test('by the shape of another value with two free dimensions', async () => {
    const like = (x: Value, y: Value) => {
      const flat = reshape(x, [-1])
      return mul(apply(flat.node?.operator as never, [flat, shapeOf(y)]), y)
    }
    checkGradient(
      like,
      [
        ['N', 'M', 2],
        ['N', 'M', 2],
      ],
      { dims: { N: 2, M: 3 } },
    )
    await checkNative(
      like,
      [
        ['N', 'M', 2],
        ['N', 'M', 2],
      ],
      { dims: { N: 2, M: 3 } },
    )
  })

  test('says when the numbers of elements differ', () => {
    expect(() => reshape(input('x', [2, 3]), [4, 2])).toThrow(
      'Reshape: [2, 3] cannot become [4, 2]: the numbers of elements differ',
    )
    expect(() => reshape(input('x', [2, 3]), [4, -1])).toThrow('cannot become [4, -1]')
  })
})

test('Squeeze says which axis is not 1', () => {
  expect(() => squeeze(input('x', [2, 3]), [1])).toThrow('Squeeze: axis 1 of [2, 3] is not 1')
})
