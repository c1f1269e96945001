import { describe, expect, it } from 'vitest'
import { chooseExecutor, compile } from '../compile.ts'
import type { Operator, Value } from '../contract.ts'
import type { Tensors } from '../executor.ts'
import { graph, reach } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { apply, applyAll, constant, input } from '../value.ts'
import { depthToSpaceOperator, reverseSequenceOperator, spaceToDepthOperator, tile } from './rearrange.ts'
import { compressOperator, nonZeroOperator, uniqueOperator } from './select.ts'
import { variadicOperators } from './variadic.ts'

describe('Tile', () => {
  it.each([
    [[3], [2]],
    [
      [2, 1, 3],
      [1, 4, 2],
    ],
    [
      [2, 3],
      [0, 2],
    ],
  ])('%j by %j: gradient, and as ONNX Runtime', async (shape, repeats) => {
    const build = (x: Value) => tile(x, repeats)
    checkGradient(build, [shape])
    await checkNative(build, [shape])
  })

  it('refuses too few repeats', () => {
    expect(() => tile(input('x', [2, 3]), [2])).toThrow('1 repeats for [2, 3]')
  })
})

describe.each([
  [depthToSpaceOperator, [2, 8, 2, 3], ['DCR', 'CRD']],
  [spaceToDepthOperator, [2, 2, 4, 6], ['DCR']],
] as const)('$name', (operator: Operator, shape, modes) => {
  it.each(modes)('%s: gradient, and as ONNX Runtime', async (mode) => {
    const attributes = operator.name === 'SpaceToDepth' ? { blocksize: 2 } : { blocksize: 2, mode }
    const build = (x: Value) => apply(operator, [x], attributes)
    checkGradient(build, [['N', ...shape.slice(1)]], { dims: { N: 2 } })
    await checkNative(build, [['N', ...shape.slice(1)]], { dims: { N: 2 } })
  })

  it('refuses what does not divide', () => {
    expect(() => apply(operator, [input('x', [1, 3, 3, 5])], { blocksize: 2 })).toThrow(/does not divide/)
  })
})

it('SpaceToDepth, channels first, undoes DepthToSpace', () => {
  const build = (x: Value) => apply(spaceToDepthOperator, [x], { blocksize: 2, mode: 'CRD' })
  checkGradient(build, [[1, 2, 4, 2]])
  const x = input('x', [1, 8, 1, 2])
  const y = build(apply(depthToSpaceOperator, [x], { blocksize: 2, mode: 'CRD' }))
  const values = Array.from({ length: 16 }, (_, i) => i)
  const program = compilePlain(graph({ inputs: [x], outputs: { y } }))
  const { y: got } = program.run({ x: tensor(values, [1, 8, 1, 2]) }) as { y: Tensor }
  expect(Array.from(got.data as Float64Array)).toEqual(values)
})

describe('ReverseSequence', () => {
  it.each([
    [{ batch_axis: 1, time_axis: 0 }, [0, 4, 2]],
    [{ batch_axis: 0, time_axis: 1 }, [3, 1, 0, 2]],
  ])('%o: gradient, and as ONNX Runtime', async (attributes, lengths) => {
    const build = (x: Value) =>
      apply(reverseSequenceOperator, [x, constant(lengths, [lengths.length], 'int64')], attributes)
    checkGradient(build, [[4, 3, 2]])
    await checkNative(build, [[4, 3, 2]])
  })

  it('refuses a length beyond the sequence', () => {
    const x = input('x', [2, 1])
    const y = apply(reverseSequenceOperator, [x, constant([3], [1], 'int64')])
    expect(() =>
      compilePlain(graph({ inputs: [x], outputs: { y } })).run({ x: tensor([1, 2], [2, 1]) }),
    ).toThrow('a length of 3 in a sequence of 2')
  })
})

describe.each(variadicOperators.map((o) => [o.name, o] as const))('%s', (name, operator) => {
  it('of one, two and three inputs that broadcast: gradient, and as ONNX Runtime', async () => {
    const build = (...inputs: Value[]) => apply(operator, inputs)
    for (const shapes of [[[2, 3]], [[2, 3], [3]], [[2, 1], [1, 3], []]]) {
      checkGradient(build, shapes)
      await checkNative(build, shapes, { withoutDouble: name === 'Mean' ? ['Mean'] : [] })
    }
  })
})

describe('NonZero, Compress and Unique', () => {
  /** All outputs on one executor. */
  async function ran(outputs: Readonly<Record<string, Value>>, feeds: Tensors, executor: 'plain' | 'native') {
    const inputs = Object.keys(feeds).map(
      (name) => reach(Object.values(outputs)).leaves.find((v) => v.name === name)!,
    )
    const program = await compile(graph({ inputs, outputs }), { executor })
    const got = await program.run(feeds)
    const found = Object.fromEntries(
      Object.entries(got).map(([name, t]) => [
        name,
        { shape: [...t.shape], data: Array.from(t.data, Number) },
      ]),
    )
    await program.close()
    return found
  }

  it('are the same on both executors, of few elements', async () => {
    const [x, keep] = [input('x', [3, 2, 4]), input('keep', [2], 'bool')]
    const outputs: Record<string, Value> = { places: apply(nonZeroOperator, [x]) }
    for (const axis of [undefined, 0, 1, -1]) {
      outputs[`kept ${axis}`] = apply(compressOperator, [x, keep], { axis })
      for (const sorted of [0, 1])
        applyAll(uniqueOperator, [x], { axis, sorted }).forEach((v, i) => {
          outputs[`unique ${axis} ${sorted} ${i}`] = v
        })
    }
    const values = Array.from({ length: 24 }, (_, i) => [3, 0, -1, 3][(i * i + (i >> 2)) % 4]!)
    // Two slices of the first axis alike.
    values.splice(16, 8, ...values.slice(0, 8))
    for (const kept of [
      [1, 0],
      [1, 1],
      [0, 0],
    ]) {
      const feeds = { x: tensor(values, [3, 2, 4]), keep: tensor(kept, [2], 'bool') }
      expect(await ran(outputs, feeds, 'plain')).toEqual(await ran(outputs, feeds, 'native'))
    }
  })

  it('are planned anew on plain for other elements, and of constants for any number', () => {
    const x = input('x', [4])
    const program = compilePlain(graph({ inputs: [x], outputs: { places: apply(nonZeroOperator, [x]) } }))
    const places = (...values: number[]) => [
      ...(program.run({ x: tensor(values, [4]) }) as Record<'places', Tensor>).places.data,
    ]
    expect(places(0, 1, 0, 2)).toEqual([1, 3])
    expect(places(1, 1, 1, 0)).toEqual([0, 1, 2])
    expect(places(0, 0, 0, 0)).toEqual([])
    const many = apply(nonZeroOperator, [constant(Array.from({ length: 300 }, (_, i) => i % 2))])
    const { y } = compilePlain(graph({ inputs: [], outputs: { y: many } })).run({}) as { y: Tensor }
    expect(y.shape).toEqual([1, 150])
  })

  it('run natively where nobody says, and are refused on plain where much is fed, or no number', async () => {
    const x = input('x', ['N'])
    const g = graph({ inputs: [x], outputs: { y: applyAll(uniqueOperator, [x])[0]! } })
    expect(chooseExecutor(g)).toBe('native')
    const plain = compilePlain(g)
    expect(() => plain.run({ x: tensor(new Float32Array(65), [65]) })).toThrow(/not known from the inputs/)
    expect(() => plain.run({ x: tensor([1, NaN], [2]) })).toThrow(/whether one NaN is another/)
  })
})
