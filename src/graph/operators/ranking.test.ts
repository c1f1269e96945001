import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile } from '../compile.ts'
import type { Value } from '../contract.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor, toFloat64 } from '../tensor.ts'
import { anySeed, anyShape, checkGradient, checkNative } from '../testing.ts'
import { apply, applyAll, input, integers } from '../value.ts'
import { argMaxOperator, argMinOperator, hardmaxOperator, topK, topKOperator } from './ranking.ts'

const shapesAndAxes = anyShape(3, 1).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axis: fc.integer({ min: -shape.length, max: shape.length - 1 }),
    share: fc.double({ min: 0.3, max: 1, noNaN: true }),
    largest: fc.constantFrom(0, 1),
    seed: anySeed,
  }),
)

const plainly = (outputs: Record<string, Value>, x: Value, values: readonly number[], shape: number[]) =>
  compilePlain(graph({ inputs: [x], outputs })).run({ x: tensor(values, shape) }) as Record<string, Tensor>

describe('TopK', () => {
  const build = (k: number, axis: number, largest: number) => (x: Value) =>
    applyAll(topKOperator, [x, integers([k])], { axis, largest })

  it('has the gradient that differences give', () => {
    fc.assert(
      fc.property(shapesAndAxes, ({ shape, axis, share, largest, seed }) => {
        const k = Math.ceil(share * shape.at(axis)!)
        checkGradient(build(k, axis, largest), [shape], { seed })
      }),
      { seed: 1, numRuns: 15 },
    )
  })

  it('agrees with ONNX Runtime, values, places and gradient', async () => {
    await fc.assert(
      fc.asyncProperty(shapesAndAxes, async ({ shape, axis, share, largest, seed }) => {
        const k = Math.ceil(share * shape.at(axis)!)
        await checkNative(build(k, axis, largest), [shape], { seed })
      }),
      { seed: 2, numRuns: 8 },
    )
  })

  it('puts equals in the order of their places, and takes none too', () => {
    const x = input('x', [5])
    const [values, places] = topK(x, 4)
    const [none] = topK(x, 0)
    const got = plainly({ values, places, none }, x, [1, 3, 3, 0, 3], [5])
    expect(Array.from(got['places']!.data as Float64Array)).toEqual([1, 2, 4, 0])
    expect(Array.from(got['values']!.data as Float64Array)).toEqual([3, 3, 3, 1])
    expect(got['none']!.shape).toEqual([0])
  })

  // By ONNX's reference: NumPy sorts what is no number behind infinity.
  it.each(['plain', 'native'] as const)('takes what is no number for more than any, %s', async (executor) => {
    for (const [values, largest, smallest] of [
      [
        [1, 2, NaN, 3],
        [NaN, 3],
        [1, 2],
      ],
      [
        [3, NaN, 1, 2],
        [NaN, 3],
        [1, 2],
      ],
      [
        [Infinity, NaN, 3.4e38, -Infinity],
        [NaN, Infinity],
        [-Infinity, 3.4e38],
      ],
    ] as const) {
      const x = input('x', [4])
      const outputs = { largest: build(2, 0, 1)(x)[0]!, smallest: build(2, 0, 0)(x)[0]! }
      const program = await compile(graph({ inputs: [x], outputs }), { executor })
      const got = await program.run({ x: tensor(values, [4], 'float32') })
      expect(Array.from(toFloat64(got['largest']!), Math.fround)).toEqual(largest.map(Math.fround))
      expect(Array.from(toFloat64(got['smallest']!), Math.fround)).toEqual(smallest.map(Math.fround))
      await program.close()
    }
  })

  it('refuses more than there are', () => {
    expect(() => topK(input('x', [2, 3]), 4)).toThrow('there are no 4 elements along axis 1 of [2, 3]')
  })
})

describe.each([
  ['ArgMin', argMinOperator, { axis: 1, keepdims: 0 }],
  ['ArgMin, the last', argMinOperator, { axis: -2, select_last_index: 1 }],
  ['Hardmax', hardmaxOperator, { axis: 1 }],
])('%s', (name, operator, attributes) => {
  it('agrees with ONNX Runtime', async () => {
    const build = (x: Value) => apply(operator, [x], attributes)
    const withoutDouble = name === 'Hardmax' ? ['Hardmax'] : []
    await checkNative(build, [['N', 3, 4]], { gradient: false, dims: { N: 2 }, withoutDouble })
  })
})

it.each(['plain', 'native'] as const)('ArgMax and ArgMin find what is no number, %s', async (executor) => {
  const x = input('x', [4])
  const outputs = { most: apply(argMaxOperator, [x]), least: apply(argMinOperator, [x]) }
  const program = await compile(graph({ inputs: [x], outputs }), { executor })
  const got = await program.run({ x: tensor([Infinity, 1, NaN, 3], [4], 'float32') })
  expect([got['most']!, got['least']!].map((t) => toFloat64(t)[0])).toEqual([2, 2])
  await program.close()
})

it('ArgMin and Hardmax take the first of equals', () => {
  const x = input('x', [4])
  const outputs = {
    first: apply(argMinOperator, [x]),
    last: apply(argMinOperator, [x], { select_last_index: 1 }),
    hard: apply(hardmaxOperator, [x]),
  }
  const got = plainly(outputs, x, [2, 1, 2, 1], [4])
  expect([got['first']!.data[0], got['last']!.data[0]]).toEqual([1, 3])
  expect(Array.from(got['hard']!.data as Float64Array)).toEqual([1, 0, 0, 0])
})
