import { describe, expect, test } from 'vitest'
import { compile } from './compile.ts'
import type { Value } from './contract.ts'
import { gradients } from './gradients.ts'
import { bindDims, freeze, graph, reach, substitute } from './graph.ts'
import { add, mul } from './operators/arithmetic.ts'
import { tanh } from './operators/elementwise.ts'
import { concat } from './operators/join.ts'
import { loop } from './operators/loop.ts'
import { matmul } from './operators/matmul.ts'
import { reduceSum } from './operators/reduce.ts'
import { softmax } from './operators/softmax.ts'
import { reshape } from './operators/view.ts'
import { compilePlain } from './plain/program.ts'
import type { Shape } from './shape.ts'
import { type Tensor, tensor } from './tensor.ts'
import { constant, constantOf, input, variable } from './value.ts'

/** The one output of a graph without inputs but `x`, as numbers. */
function run(g: ReturnType<typeof graph>, x?: Tensor): number[] {
  const results = compilePlain(g).run(x ? { x } : {}) as Record<string, Tensor>
  return Array.from(Object.values(results)[0]?.data ?? [], Number)
}

describe('graph', () => {
  const x = input('x', ['N', 2])

  test('lists the nodes in an order in which they run, and the variables that it reaches', () => {
    const w = variable('w', tensor([1, 2], [2]))
    const step = variable('step', tensor([0], []))
    const y = tanh(add(mul(x, w), w))
    const g = graph({ inputs: [x], outputs: { y }, updates: [[step, add(step, constant(1))]] })
    const done = new Set<Value>([x, w, step])
    for (const node of g.nodes) {
      for (const v of node.inputs) expect(v?.kind === 'constant' || done.has(v!)).toBe(true)
      for (const v of node.outputs) done.add(v)
    }
    expect(g.nodes.map((n) => n.operator.name).sort()).toEqual(['Add', 'Add', 'Mul', 'Tanh'])
    expect(g.variables).toEqual([w, step])
  })

  test('refuses an input that is not listed, two of one name, and an update of what is no variable', () => {
    const y = add(x, input('b', [2]))
    expect(() => graph({ inputs: [x], outputs: { y } })).toThrow(
      "the graph depends on the input 'b', which is not among its inputs",
    )
    const other = input('x', [2])
    expect(() => graph({ inputs: [x, other], outputs: { y: add(x, other) } })).toThrow(
      "two inputs or variables are named 'x'",
    )
    expect(() => graph({ inputs: [x], outputs: { x: tanh(x) } })).toThrow(
      "an output has the name of the input 'x'",
    )
    expect(() => graph({ inputs: [x], outputs: {}, updates: [[x, x]] })).toThrow(TypeError)
  })

  test('may be deep', () => {
    let y: Value = x
    for (let i = 0; i < 20_000; i++) y = add(y, x)
    expect(reach([y]).nodes).toHaveLength(20_000)
    const [g] = gradients(reduceSum(y), [x]) as [Value]
    expect(run(graph({ inputs: [x], outputs: { g } }), tensor([1, 2], [1, 2]))).toEqual([20_001, 20_001])
  })
})

describe('substitute', () => {
  test('replaces, and shares what does not depend on what is replaced', () => {
    const [a, b] = [input('a', [2]), input('b', [2])]
    const kept = tanh(b)
    const y = mul(tanh(a), kept)
    const c = constant([1, 2])
    const [z] = substitute([y], new Map([[a, c]])) as [Value]
    expect(z).not.toBe(y)
    expect(z.node?.inputs[1]).toBe(kept)
    expect(z.node?.inputs[0]?.node?.inputs[0]).toBe(c)
    expect(y.node?.inputs[0]?.node?.inputs[0]).toBe(a)
    expect(substitute([kept], new Map([[a, c]]))).toEqual([kept])
  })

  test('composes, and says when the shapes do not fit', () => {
    const x = input('x', ['N', 3])
    const y = matmul(x, constant([1, 2, 3], [3, 1]))
    const before = input('z', ['N', 3])
    const [composed] = substitute([y], new Map([[x, tanh(before)]])) as [Value]
    expect(composed.shape).toEqual(['N', 1])
    expect(() => substitute([y], new Map([[x, input('z', ['N', 4])]]))).toThrow(
      'MatMul: [N, 4] times [3, 1]: the inner dimensions are 4 and 3',
    )
  })
})

describe('bindDims', () => {
  test('gives every value behind its size', () => {
    const x = input('x', ['N', 2])
    const flat = reshape(x, [-1])
    const g = bindDims(graph({ inputs: [x], outputs: { flat, sum: add(x, x) } }), { N: 3, M: 7 })
    expect(g.inputs[0]?.shape).toEqual([3, 2])
    expect(g.outputs['flat']?.shape).toEqual([6])
    expect(g.outputs['sum']?.shape).toEqual([3, 2])
  })

  test('leaves a graph alone that has none of them', () => {
    const x = input('x', ['N', 2])
    const g = graph({ inputs: [x], outputs: { y: tanh(x) } })
    expect(bindDims(g, { M: 3 })).toBe(g)
  })

  test('keeps variables and their updates', async () => {
    const x = input('x', ['N'])
    const sum = variable('sum', tensor([10], []))
    const g = graph({ inputs: [x], outputs: { sum }, updates: [[sum, add(sum, reduceSum(x))]] })
    const program = await compile(g, { executor: 'plain', dims: { N: 2 } })
    await program.run({ x: tensor([1, 2], [2]) })
    expect(program.read(sum).data[0]).toBe(13)
  })
})

describe('freeze', () => {
  const x = input('x', [2])
  const w = variable('w', tensor([1, 2], [2]))
  const frozen = () => constantOf(tensor([10, 20], [2]))

  test('turns variables into constants and drops the updates', () => {
    const g = graph({ inputs: [x], outputs: { y: mul(x, w) }, updates: [[w, add(w, x)]] })
    const f = freeze(g, frozen)
    expect(f.variables).toEqual([])
    expect(f.updates).toEqual([])
    expect(run(f, tensor([1, 1], [2]))).toEqual([10, 20])
    expect(run(g, tensor([1, 1], [2]))).toEqual([1, 2])
  })

  test.each(['plain', 'native'] as const)('reaches into loops, %s', async (executor) => {
    const { carried } = loop(2, [x], ({ carried: [v] }) => ({ carried: [add(v!, w)] }))
    const g = graph({ inputs: [x], outputs: { y: carried[0]! } })
    const f = freeze(g, frozen)
    expect(g.variables).toEqual([w])
    expect(f.variables).toEqual([])
    const program = await compile(f, { executor })
    const { y } = await program.run({ x: tensor([1, 1], [2]) })
    expect(Array.from(y?.data ?? [], Number)).toEqual([21, 41])
    await program.close()
  })
})

describe('a mismatch names both shapes and says what to change', () => {
  const of = (shape: Shape) => input('v', shape)
  test.each([
    [
      'broadcasting',
      () => add(of(['N', 3]), of([4])),
      'Add: [N, 3] and [4] do not broadcast: axis -1 is 3 on the left and 4 on the right',
      'Make that axis equal',
    ],
    [
      'free dimensions',
      () => add(of(['N', 3]), of(['M', 3])),
      'Add: [N, 3] and [M, 3] do not broadcast: axis -2 is N on the left and M on the right',
      'Make that axis equal',
    ],
    [
      'dtypes',
      () => add(of([2]), input('w', [3], 'int64')),
      'Add: dtypes differ: float32 [2] and int64 [3]',
      'Cast one of them',
    ],
    [
      'products',
      () => matmul(of([2, 3]), of([2, 3])),
      'MatMul: [2, 3] times [2, 3]: the inner dimensions are 3 and 2',
      'transpose one',
    ],
    [
      'reshaping',
      () => reshape(of([2, 3]), [5]),
      'Reshape: [2, 3] cannot become [5]',
      'Make the products of both shapes equal',
    ],
    [
      'joining',
      () => concat([of([2, 3]), of([2])], 0),
      'Concat: [2, 3] and [2] cannot be joined along axis 0',
      'Make all other axes equal',
    ],
    [
      'an axis',
      () => softmax(of([2, 3]), -3),
      'axis -3 is outside a tensor of rank 2',
      'Use an axis from -2 to 1',
    ],
  ])('%s', (_, attempt, message, hint) => {
    expect(attempt).toThrow(message)
    expect(attempt).toThrow(
      expect.objectContaining({
        name: 'FrostglassError',
        code: 'shape',
        hint: expect.stringContaining(hint),
      }),
    )
  })
})
