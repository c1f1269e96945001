import { describe, expect, it } from 'vitest'
import type { Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { apply, constant, input } from '../value.ts'
import { gatherNdOperator, scatterNdOperator } from './gatherNd.ts'
import { reduceSum } from './reduce.ts'

const places = (values: readonly number[], shape: readonly number[]) => constant(values, shape, 'int64')

describe('GatherND', () => {
  it.each([
    ['slices', [3, 2, 4], places([2, -1, 2], [3, 1]), 0],
    ['elements, one twice', [3, 2], places([0, 1, 2, 0, 0, -1], [3, 2]), 0],
    ['a batch', [2, 3, 2], places([2, 0, 2, 1], [2, 2, 1]), 1],
    ['a batch of elements', [2, 3, 2], places([2, 0, 1, 1], [2, 2]), 1],
  ] as const)('gathers %s, with a gradient, as ONNX Runtime does', async (_, shape, indices, batch) => {
    const build = (x: Value) => apply(gatherNdOperator, [x, indices], { batch_dims: batch })
    checkGradient(build, [shape])
    await checkNative(build, [shape])
  })

  it('refuses an index outside', () => {
    const x = input('x', [2, 3])
    const g = graph({ inputs: [x], outputs: { y: apply(gatherNdOperator, [x, places([0, 3], [1, 2])]) } })
    expect(() => compilePlain(g).run({ x: tensor([1, 2, 3, 4, 5, 6], [2, 3]) })).toThrow(
      'index 3 is outside an axis of 3',
    )
  })
})

describe('ScatterND', () => {
  it.each(['none', 'add'])('writes by %s, with a gradient, as ONNX Runtime does', async (reduction) => {
    // Without a reduction each place may come once only.
    const indices = reduction === 'add' ? places([1, -1, 1], [3, 1]) : places([1, -1, 0], [3, 1])
    const build = (x: Value, updates: Value) => apply(scatterNdOperator, [x, indices, updates], { reduction })
    checkGradient(build, [
      [4, 2],
      [3, 2],
    ])
    await checkNative(build, [
      [4, 2],
      [3, 2],
    ])
  })

  it.each(['mul', 'max', 'min'])(
    'joins by %s as ONNX Runtime does, without a gradient',
    async (reduction) => {
      const build = (x: Value, updates: Value) =>
        apply(scatterNdOperator, [x, places([1, 0, 1, 0], [2, 2]), updates], { reduction })
      await checkNative(build, [[3, 2], [2]], { gradient: false })
      const x = input('x', [3, 2])
      const y = build(x, constant([1, 2]))
      expect(() => gradients(reduceSum(y), [x])).toThrow(`ScatterND by '${reduction}' has no gradient rule`)
    },
  )

  it('refuses updates of another shape', () => {
    const x = input('x', [3, 2])
    expect(() => apply(scatterNdOperator, [x, places([1], [1, 1]), constant([1, 2, 3], [1, 3])])).toThrow(
      'updates of shape [1, 3], expected [1, 2]',
    )
  })

  it('writes in each run anew', () => {
    const [x, u] = [input('x', [2]), input('u', [1])]
    const y = apply(scatterNdOperator, [x, places([1], [1, 1]), u], { reduction: 'add' })
    const program = compilePlain(graph({ inputs: [x, u], outputs: { y } }))
    const feeds = { x: tensor([1, 2], [2]), u: tensor([5], [1]) }
    program.run(feeds)
    expect(Array.from((program.run(feeds) as { y: Tensor }).y.data as Float64Array)).toEqual([1, 7])
  })
})
