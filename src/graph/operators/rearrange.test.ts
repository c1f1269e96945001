import { describe, expect, it } from 'vitest'
import { compile } from '../compile.ts'
import type { Operator, Value } from '../contract.ts'
import { graph } from '../graph.ts'
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

it('NonZero, Compress and Unique run natively, and are refused by name on the plain executor', async () => {
  const [x, keep] = [input('x', [2, 3]), input('keep', [3], 'bool')]
  const [distinct, , , counts] = applyAll(uniqueOperator, [x]) as Value[]
  const places = apply(nonZeroOperator, [x])
  const kept = apply(compressOperator, [x, keep], { axis: 1 })
  const outputs = { places, kept, distinct: distinct!, counts: counts! }
  const g = graph({ inputs: [x, keep], outputs })
  expect(() => compilePlain(g)).toThrow(/has no plain kernel/)
  const program = await compile(g, { executor: 'native' })
  const feeds = { x: tensor([3, 0, 3, 1, 0, 3], [2, 3]), keep: tensor([1, 0, 1], [3], 'bool') }
  const got = (await program.run(feeds)) as Record<string, Tensor>
  expect(Array.from(got['places']!.data, Number)).toEqual([0, 0, 1, 1, 0, 2, 0, 2])
  expect(got['places']!.shape).toEqual([2, 4])
  expect(Array.from(got['kept']!.data, Number)).toEqual([3, 3, 1, 3])
  expect(Array.from(got['distinct']!.data, Number)).toEqual([0, 1, 3])
  expect(Array.from(got['counts']!.data, Number)).toEqual([2, 1, 3])
  await program.close()
})
