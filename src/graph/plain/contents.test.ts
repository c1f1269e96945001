// Shapes that follow from what small inputs hold: axes, sizes, scales that are fed at each run.

import { describe, expect, it } from 'vitest'
import type { Tensors } from '../executor.ts'
import {
  add,
  cast,
  compile,
  concat,
  constant,
  type Graph,
  graph,
  input,
  mul,
  reduceSum,
  shapeOf,
  sub,
  tensor,
  type Value,
} from '../index.ts'
import { identity } from '../operators/cast.ts'
import { operators } from '../operators/index.ts'
import { subgraph } from '../operators/loop.ts'
import { apply, applyAll } from '../value.ts'
import { compilePlain as compiled } from './program.ts'

const compilePlain = (g: Graph) => compiled(g) as { run(feeds: Tensors): Tensors }
const int64 = (...values: number[]) => tensor(values, [values.length], 'int64')

describe('the plain executor', () => {
  const x = input('x', [2, 3])
  const axes = input('axes', [1], 'int64')
  const sum = apply(operators.get('ReduceSum')!, [x, axes], { keepdims: 0 })
  const data = tensor([1, 2, 3, 4, 5, 6], [2, 3])

  it('plans for what an input holds where a shape follows from it, and again for what it holds next', () => {
    const program = compilePlain(graph({ inputs: [x, axes], outputs: { y: mul(sum, sum) } }))
    const run = (...at: number[]) => {
      const { y } = program.run({ x: data, axes: int64(...at) })
      return { shape: y!.shape, values: [...y!.data] }
    }
    const rows = { shape: [2], values: [36, 225] }
    const columns = { shape: [3], values: [25, 49, 81] }
    for (const [axis, want] of [
      [1, rows],
      [0, columns],
      [-1, rows],
      [-2, columns],
      [1, rows],
    ] as const)
      expect(run(axis)).toEqual(want)
  })

  it('gives each of many contents its own answer, and forgets the plans of the first', () => {
    const n = input('n', [], 'int64')
    const [start, step] = [0, 1].map((v) => constant([v], [], 'int64'))
    const y = apply(operators.get('Range')!, [start, n, step])
    const program = compilePlain(graph({ inputs: [n], outputs: { y } }))
    const lengths = Array.from({ length: 30 }, (_, i) => (i * 7) % 13)
    for (const length of lengths)
      expect([...program.run({ n: tensor([length], [], 'int64') })['y']!.data]).toEqual(
        Array.from({ length }, (_, i) => i),
      )
  })

  it('rounds a scale to float32 before a size follows from it, as ONNX Runtime does', async () => {
    const z = input('z', [1, 'N'])
    const scale = input('scale', [1])
    const scaled = (v: Value) => apply(operators.get('Floor')!, [mul(cast(shapeOf(z), 'float32'), v)])
    const filled = (v: Value) => apply(operators.get('ConstantOfShape')!, [cast(scaled(v), 'int64')])
    const resized = apply(operators.get('Resize')!, [
      z,
      undefined,
      concat([constant([1]), sub(add(scale, constant([1e7])), constant([1e7]))], 0),
    ])
    const outputs = { constants: filled(constant([1, 0.7])), fed: filled(scale), resized }
    const feeds = { z: tensor(new Float32Array(10), [1, 10]), scale: tensor([2.3], [1]) }
    for (const executor of ['plain', 'native'] as const) {
      const program = await compile(graph({ inputs: [z, scale], outputs }), { executor })
      const results = await program.run(feeds)
      // Computed in float64 they are [1, 6], [2, 22] and [1, 22].
      expect(
        Object.values(results).map((t) => t.shape),
        executor,
      ).toEqual([
        [1, 7],
        [2, 23],
        [1, 20],
      ])
      await program.close()
    }
  })

  it('does not plan again for numbers from which no shape follows', () => {
    const n = input('n', [2], 'int64')
    const program = compilePlain(graph({ inputs: [n], outputs: { y: mul(n, n) } }))
    const first = program.run({ n: int64(2, 3) })
    expect([...first['y']!.data]).toEqual([4, 9])
    // One plan: the results lie where they lay.
    expect(program.run({ n: int64(4, 5) })['y']!.data).toBe(first['y']!.data)
    expect([...first['y']!.data]).toEqual([16, 25])
  })

  it('plans for the rounds of a loop that the fed numbers say, of halves too', () => {
    for (const dtype of ['float32', 'float16', 'int64'] as const) {
      const n = input('n', [], dtype)
      const [round, going] = [input('round', [], 'int64'), input('going', [], 'bool')]
      const body = subgraph([round, going], { on: identity(going), row: mul(round, round) })
      const yes = constant([1], [], 'bool')
      const [rows] = applyAll(operators.get('Loop')!, [cast(n, 'int64'), yes], { body })
      const program = compilePlain(graph({ inputs: [n], outputs: { rows: rows! } }))
      for (const count of [3, 0, 5, 3])
        expect([...program.run({ n: tensor([count], [], dtype) })['rows']!.data]).toEqual(
          Array.from({ length: count }, (_, i) => i * i),
        )
      const no = constant([0], [], 'bool')
      const [none] = applyAll(operators.get('Loop')!, [cast(n, 'int64'), no], { body })
      const idle = compilePlain(graph({ inputs: [n], outputs: { none: none! } }))
      expect(idle.run({ n: tensor([4], [], dtype) })['none']!.shape).toEqual([0])
    }
  })

  it('plans Col2Im for the sizes that are fed', () => {
    const [columns, image] = [input('columns', [1, 4, 4]), input('image', [2], 'int64')]
    const y = apply(operators.get('Col2Im')!, [columns, image, constant([2, 2], [2], 'int64')])
    const program = compilePlain(graph({ inputs: [columns, image], outputs: { y } }))
    const ones = tensor(new Float32Array(16).fill(1), [1, 4, 4])
    expect([...program.run({ columns: ones, image: int64(3, 3) })['y']!.data]).toEqual([
      1, 2, 1, 2, 4, 2, 1, 2, 1,
    ])
    expect(program.run({ columns: ones, image: int64(2, 5) })['y']!.shape).toEqual([1, 1, 2, 5])
    expect(() => program.run({ columns: ones, image: int64(4, 4) })).toThrow(/does not hold 9 windows/)
  })

  it('refuses contents that do not fit, in the words of the operator', () => {
    const program = compilePlain(graph({ inputs: [x, axes], outputs: { y: reduceSum(sum) } }))
    expect(() => program.run({ x: data, axes: int64(7) })).toThrow(/axis 7 is outside a tensor of rank 2/)
  })
})
