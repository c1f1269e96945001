import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Operator, Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { anySeed, anyShape, checkGradient, checkNative } from '../testing.ts'
import { apply, input, integers } from '../value.ts'
import { reduceSum } from './reduce.ts'
import {
  reduceL2Operator,
  reduceLogSumExpOperator,
  reduceNormOperators,
  reduceProdOperator,
} from './reduceNorms.ts'

const built =
  (operator: Operator, axes: readonly number[] | undefined, keepdims: 0 | 1) =>
  (x: Value): Value =>
    apply(operator, axes ? [x, integers(axes)] : [x], { keepdims })

/** A shape, some of its axes (or none: all), and whether they are kept. */
const shapesAndAxes = anyShape(3, 1).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axes: fc.option(
      fc.uniqueArray(fc.integer({ min: -shape.length, max: shape.length - 1 }), {
        minLength: 1,
        selector: (a) => (a + shape.length) % shape.length,
      }),
      { nil: undefined },
    ),
    keepdims: fc.constantFrom<0 | 1>(0, 1),
    seed: anySeed,
  }),
)

describe.each(reduceNormOperators.map((o) => [o.name, o] as const))('%s', (name, operator) => {
  // The logarithm of a sum wants a positive one.
  const domain = [0.3, 2] as const

  test('has the gradient that differences give', () => {
    fc.assert(
      fc.property(shapesAndAxes, ({ shape, axes, keepdims, seed }) => {
        const options = name === 'ReduceLogSum' ? { seed, domain } : { seed }
        checkGradient(built(operator, axes, keepdims), [shape], options)
      }),
      { seed: 1, numRuns: 12 },
    )
  })

  test('agrees with ONNX Runtime', async () => {
    await fc.assert(
      fc.asyncProperty(shapesAndAxes, async ({ shape, axes, keepdims, seed }) => {
        const options = name === 'ReduceLogSum' ? { seed, domain } : { seed }
        await checkNative(built(operator, axes, keepdims), [shape], options)
      }),
      { seed: 2, numRuns: 4 },
    )
  })

  test('reduces nothing when told so, as ONNX Runtime does', async () => {
    const build = (x: Value) => apply(operator, [x], { noop_with_empty_axes: 1 })
    await checkNative(build, [[2, 3]], { domain })
  })
})

/** The gradient of a sum of the results along the last axis. */
function slopes(operator: Operator, values: readonly (readonly number[])[]): number[] {
  const shape = [values.length, values[0]!.length]
  const x = input('x', shape, 'float64')
  const [g] = gradients(reduceSum(apply(operator, [x, integers([1])])), [x]) as [Value]
  const feeds = { x: tensor(values.flat(), shape, 'float64') }
  const { g: got } = compilePlain(graph({ inputs: [x], outputs: { g } })).run(feeds) as { g: Tensor }
  return Array.from(got.data as Float64Array)
}

test('a product with zeros has the product of the others as its gradient', () => {
  const rows = [
    [2, 3, 4],
    [2, 0, 4],
    [0, 3, 0],
  ]
  expect(slopes(reduceProdOperator, rows)).toEqual([12, 8, 6, 0, 8, 0, 0, 0, 0])
})

test('a norm has no slope at the origin, and large exponents do not overflow', () => {
  expect(
    slopes(reduceL2Operator, [
      [0, 0],
      [3, 4],
    ]),
  ).toEqual([0, 0, 0.6, 0.8])
  for (const slope of slopes(reduceLogSumExpOperator, [[1000, 1000]])) expect(slope).toBeCloseTo(0.5, 12)
})

test.each([
  ['ReduceL1', 0],
  ['ReduceL2', 0],
  ['ReduceSumSquare', 0],
  ['ReduceLogSum', -Infinity],
  ['ReduceLogSumExp', -Infinity],
  ['ReduceProd', 1],
])('%s of nothing is %d', (name, nothing) => {
  const operator = reduceNormOperators.find((o) => o.name === name)!
  const x = input('x', [2, 0, 3])
  const g = graph({ inputs: [x], outputs: { y: apply(operator, [x, integers([1])], { keepdims: 0 }) } })
  const { y } = compilePlain(g).run({ x: tensor([], [2, 0, 3]) }) as { y: Tensor }
  expect(y.shape).toEqual([2, 3])
  expect(Array.from(y.data as Float64Array)).toEqual(new Array(6).fill(nothing))
})
