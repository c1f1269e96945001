import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  add,
  cast,
  compile,
  concat,
  constant,
  div,
  equal,
  flattenToMatrix,
  gather,
  gradients,
  graph,
  input,
  matmul,
  max,
  min,
  mul,
  reduceSum,
  relu,
  reshape,
  shapeOf,
  sub,
  substitute,
  tensor,
  transpose,
  type Value,
  variable,
  where,
} from './index.ts'
import { reshapeOperator } from './operators/view.ts'
import type { Dim } from './shape.ts'
import { hasRank, isUnknown, unknownShape } from './shape.ts'
import { apply, integers } from './value.ts'

describe('a shape of unknown rank', () => {
  const x = input('x', unknownShape)

  it('is no scalar: what is known of a result is what every rank has in common', () => {
    expect(hasRank(relu(x).shape)).toBe(false)
    expect(hasRank(add(x, constant([1, 2, 3])).shape)).toBe(false)
    expect(reshape(x, [2, 3]).shape).toEqual([2, 3])
    expect(flattenToMatrix(x).shape).toHaveLength(2)
    expect(transpose(x, [0, 2, 1]).shape).toHaveLength(3)
    expect(shapeOf(x).shape.map(isUnknown)).toEqual([true])
    expect(matmul(x, constant(new Float32Array(6), [2, 3])).dtype).toBe('float32')
    expect(hasRank(add(x, input('y', unknownShape)).shape)).toBe(false)
  })

  it('is fed with any shape, and known once it is replaced', async () => {
    const y = add(relu(x), constant([1]))
    const g = graph({ inputs: [x], outputs: { y } })
    for (const executor of ['plain', 'native'] as const) {
      const program = await compile(g, { executor })
      const out = await program.run({ x: tensor([-1, 2, 3, 4], [2, 2]) })
      expect(out['y']!.shape).toEqual([2, 2])
      expect(Array.from(out['y']!.data, Number)).toEqual([1, 3, 4, 5])
      await program.close()
    }
    const [bound] = substitute([y], new Map([[x, input('x', ['N', 2])]])) as [Value]
    expect(bound.shape).toEqual(['N', 2])
  })

  it('has no gradient, and the node is named', () => {
    expect(() => gradients(reduceSum(relu(x)), [x])).toThrow(/ReduceSum needs to know how many axes/)
  })

  it('comes of a reshape to a shape of unknown length, and ranks of known ones', () => {
    const target = input('target', ['K'], 'int64')
    expect(hasRank(apply(reshapeOperator, [constant([1, 2]), target]).shape)).toBe(false)
    const three = input('target', [3], 'int64')
    expect(apply(reshapeOperator, [constant([1, 2]), three]).shape.map(isUnknown)).toEqual([true, true, true])
  })
})

describe('numbers that shapes are computed with', () => {
  const x = input('x', ['N', 6, 4])
  const [n, six, four] = [0, 1, 2].map((i) => gather(shapeOf(x), integers([i]))) as [Value, Value, Value]

  it('are known where they depend on no free dimension, and keep its name where they are it', () => {
    expect(mul(six, four).content).toEqual([24])
    expect(div(six, integers([4])).content).toEqual([1])
    expect(mul(n, integers([1])).content).toEqual(['N'])
    expect(sub(n, n).content).toEqual([0])
    expect(cast(cast(four, 'float32'), 'int64').content).toEqual([4])
    expect(concat([n, mul(six, four)], 0).content).toEqual(['N', 24])
    expect(mul(n, four).content?.every(isUnknown)).toBe(true)
    expect(min(n, integers([2 ** 60])).content).toEqual(['N'])
    expect(max(n, integers([0])).content).toEqual(['N'])
  })

  it('are not known of what changes from run to run', () => {
    const steps = variable('steps', tensor([3n] as unknown as number[], [1], 'int64'))
    expect(add(steps, integers([1])).content).toBeUndefined()
    expect(mul(input('x', [1], 'int64'), integers([2])).content).toBeUndefined()
  })

  it('say a shape, whose −1 takes what is left', () => {
    const split = apply(reshapeOperator, [x, concat([n, integers([-1]), integers([2])], 0)])
    expect(split.shape).toEqual(['N', 12, 2])
    const joined = apply(reshapeOperator, [x, concat([mul(n, six), four], 0)])
    expect(joined.shape.map(isUnknown)).toEqual([true, false])
    const back = apply(reshapeOperator, [joined, shapeOf(x)])
    expect(back.shape).toEqual(['N', 6, 4])
  })

  it('choose between a size and −1, as torch’s expand does', () => {
    const wanted = integers([-1, 6, 4])
    const asked = where(equal(wanted, integers([-1])), shapeOf(x), wanted)
    expect(asked.content).toEqual(['N', 6, 4])
    expect(where(equal(shapeOf(x), integers([-1])), integers([1, 1, 1]), shapeOf(x)).content).toEqual([
      'N',
      6,
      4,
    ])
  })

  it('are what a run computes', async () => {
    const ops = { add, sub, mul, div, min, max }
    const some = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(ops)), some, some, async (name, a, b) => {
        const size = Math.min(a.length, b.length)
        const shape = input('x', a.slice(0, size))
        const op = ops[name as keyof typeof ops]
        const y = op(shapeOf(shape), integers(b.slice(0, size)))
        const program = await compile(graph({ inputs: [shape], outputs: { y } }), { executor: 'plain' })
        const elements = a.slice(0, size).reduce((p, d) => p * d, 1)
        const out = await program.run({ x: tensor(new Float32Array(elements), a.slice(0, size)) })
        expect(Array.from(out['y']!.data, Number)).toEqual(y.content as Dim[])
      }),
      { numRuns: 60 },
    )
  })
})
