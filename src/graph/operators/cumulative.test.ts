import { describe, expect, it } from 'vitest'
import type { Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { apply, constant, input } from '../value.ts'
import { cumProdOperator, cumSum, cumSumOperator } from './cumulative.ts'
import { reduceSum } from './reduce.ts'
import { detOperator, eyeLikeOperator, triluOperator } from './triangles.ts'

const flags = [0, 1].flatMap((exclusive) => [0, 1].map((reverse) => ({ exclusive, reverse })))

describe.each([cumSumOperator, cumProdOperator].map((o) => [o.name, o] as const))('%s', (_, operator) => {
  it.each(flags)('has the gradient that differences give: %o', (attributes) => {
    for (const [shape, axis] of [
      [[4], 0],
      [[2, 3, 4], -2],
      [[2, 1], 1],
    ] as const) {
      checkGradient((x) => apply(operator, [x, constant(axis, [], 'int64')], attributes), [shape])
    }
  })
})

it.each(flags)('CumSum agrees with ONNX Runtime: %o', async (attributes) => {
  const build = (x: Value) => apply(cumSumOperator, [x, constant(1, [], 'int64')], attributes)
  await checkNative(build, [['N', 3, 2]], { dims: { N: 2 } })
})

it('running products have a gradient at zeros too', () => {
  const x = input('x', [3], 'float64')
  const y = reduceSum(apply(cumProdOperator, [x, constant(0, [], 'int64')]))
  const [g] = gradients(y, [x]) as [Value]
  const program = compilePlain(graph({ inputs: [x], outputs: { g } }))
  const { g: got } = program.run({ x: tensor([2, 0, 5], [3], 'float64') }) as { g: Tensor }
  // 2 + 2·0 + 2·0·5 by each of them.
  expect(Array.from(got.data as Float64Array)).toEqual([1, 2 + 2 * 5, 0])
})

it('sums along an axis that is computed', () => {
  const [x, axis] = [input('x', [2, 2]), input('axis', [], 'int64')]
  const program = compilePlain(
    graph({ inputs: [x, axis], outputs: { y: apply(cumSumOperator, [x, axis]), z: cumSum(x, 0) } }),
  )
  const run = (at: number) => {
    const feeds = { x: tensor([1, 2, 3, 4], [2, 2]), axis: tensor([at], [], 'int64') }
    return Array.from((program.run(feeds) as { y: Tensor }).y.data as Float64Array)
  }
  expect(run(1)).toEqual([1, 3, 3, 7])
  expect(run(-2)).toEqual([1, 2, 4, 6])
})

describe('Trilu', () => {
  it.each([
    [1, undefined],
    [1, 1],
    [0, -1],
    [0, 2],
  ])('upper %i, diagonal %i: gradient, and as ONNX Runtime', async (upper, k) => {
    const diagonal = k === undefined ? undefined : constant(k, [], 'int64')
    const build = (x: Value) => apply(triluOperator, [x, diagonal], { upper })
    checkGradient(build, [['N', 3, 4]], { dims: { N: 2 } })
    await checkNative(build, [['N', 3, 4]], { dims: { N: 2 } })
  })
})

it('EyeLike agrees with ONNX Runtime', async () => {
  const build = (x: Value) => apply(eyeLikeOperator, [x], { k: 1 })
  await checkNative(build, [['N', 4]], { gradient: false, dims: { N: 3 } })
})

it('Det agrees with ONNX Runtime, of singular matrices too', async () => {
  const build = (x: Value) => apply(detOperator, [x])
  await checkNative(build, [[3, 4, 4]], { gradient: false, withoutDouble: ['Det'] })
  const x = input('x', [2, 2])
  const { y } = compilePlain(graph({ inputs: [x], outputs: { y: build(x) } })).run({
    x: tensor([0, 2, 3, 0], [2, 2]),
  }) as { y: Tensor }
  expect(y.data[0]).toBe(-6)
  expect(() => build(input('x', [2, 3]))).toThrow(/not square/)
})
