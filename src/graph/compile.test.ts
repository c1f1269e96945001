import { describe, expect, test } from 'vitest'
import { seededRandom } from '../random/seeded.ts'
import { chooseExecutor, compile, estimateCost } from './compile.ts'
import type { Operator, Value } from './contract.ts'
import type { Program } from './executor.ts'
import { gradients } from './gradients.ts'
import { graph } from './graph.ts'
import { add, div, mul, pow, sub } from './operators/arithmetic.ts'
import { cast, identity } from './operators/cast.ts'
import { equal } from './operators/compare.ts'
import { neg, sqrt, tanh } from './operators/elementwise.ts'
import { gemm, matmul } from './operators/matmul.ts'
import { reduceMean, reduceSum } from './operators/reduce.ts'
import { slice } from './operators/slice.ts'
import { logSoftmax } from './operators/softmax.ts'
import { shapeOf } from './operators/view.ts'
import { type DType, sizeOf, type Tensor, tensor } from './tensor.ts'
import { compareTensors } from './testing.ts'
import { apply, constant, input, variable } from './value.ts'

const executors = ['plain', 'native'] as const
const numbers = (t: Tensor | undefined) => Array.from(t?.data ?? [], Number)

describe.each(executors)('a program, %s', (executor) => {
  const x = input('x', ['N', 2])

  test('keeps its variables, can be read and written, and leaves the initial content alone', async () => {
    const initial = tensor([1, 2], [2])
    const w = variable('w', initial)
    const program = await compile(
      graph({ inputs: [x], outputs: { y: mul(x, w) }, updates: [[w, add(w, reduceSum(x, [0]))]] }),
      { executor },
    )
    const feed = { x: tensor([1, 1, 2, 2], [2, 2]) }
    expect(numbers((await program.run(feed))['y'])).toEqual([1, 2, 2, 4])
    expect(numbers(program.read(w))).toEqual([4, 5])
    expect(numbers((await program.run(feed))['y'])).toEqual([4, 5, 8, 10])
    program.write(w, tensor([0, 1], [2]))
    expect(numbers((await program.run(feed))['y'])).toEqual([0, 1, 0, 2])
    expect(numbers(initial)).toEqual([1, 2])
    expect(() => program.write(w, tensor([1], [1]))).toThrow("'w' has shape [2], but [1] was written")
    await program.close()
  })

  test('refuses two sizes for one name, of two inputs and within one', async () => {
    const rows = input('rows', ['N'])
    const square = input('square', ['M', 'M'])
    // Folded by the name: N is N.
    const alike = cast(equal(slice(shapeOf(x), [0], [1]), shapeOf(rows)), 'float32')
    const g = graph({ inputs: [x, rows, square], outputs: { alike, y: reduceSum(mul(square, square)) } })
    const program = await compile(g, { executor })
    const run = async (n: number, m: number) =>
      program.run({
        x: tensor([1, 2, 3, 4], [2, 2]),
        rows: tensor(new Float32Array(n), [n]),
        square: tensor(new Float32Array(2 * m).fill(1), [2, m]),
      })
    await expect(run(3, 2)).rejects.toThrow(
      "the inputs 'x' and 'rows' share the size 'N', but 2 and 3 were fed",
    )
    await expect(run(2, 1)).rejects.toThrow("the input 'square' has the size 'M' twice, but 2 and 1 were fed")
    const results = await run(2, 2)
    expect([numbers(results['alike']), numbers(results['y'])]).toEqual([[1], [4]])
    await program.close()
  })

  test('updates all variables at once, from what they were before', async () => {
    const [a, b] = [variable('a', tensor([1, 2], [2])), variable('b', tensor([3, 4], [2]))]
    const c = variable('c', tensor([5, 6], [2]))
    const program = await compile(
      graph({
        inputs: [],
        outputs: { a, sum: add(a, b) },
        updates: [
          [a, b],
          [b, identity(a)],
          [c, a],
        ],
      }),
      { executor },
    )
    const results = await program.run({})
    expect(numbers(results['a'])).toEqual([1, 2])
    expect(numbers(results['sum'])).toEqual([4, 6])
    expect([a, b, c].map((v) => numbers(program.read(v)))).toEqual([
      [3, 4],
      [1, 2],
      [1, 2],
    ])
    await program.close()
  })

  test('runs at several sizes of a free dimension', async () => {
    const program = await compile(graph({ inputs: [x], outputs: { y: tanh(add(x, x)) } }), { executor })
    for (const n of [3, 1, 3, 2]) {
      const { y } = await program.run({ x: tensor(new Float64Array(2 * n).fill(n), [n, 2]) })
      expect(y?.shape).toEqual([n, 2])
      for (const v of numbers(y)) expect(v).toBeCloseTo(Math.tanh(2 * n), 6)
    }
    await program.close()
  })

  test('says which input was not fed, or does not fit', async () => {
    const program = await compile(graph({ inputs: [x], outputs: { y: tanh(x) } }), { executor })
    const attempt = async (feeds: Record<string, Tensor>) => program.run(feeds)
    await expect(attempt({})).rejects.toThrow("the input 'x' was not fed")
    await expect(attempt({ x: tensor([1, 2, 3], [1, 3]) })).rejects.toThrow(
      "the input 'x' has shape [N, 2], but [1,3] was fed",
    )
    await program.close()
  })
})

describe('the choice of the executor', () => {
  const x = input('x', ['N', 512])
  const product = (size: number) => {
    const a = input('a', [size, size])
    return graph({ inputs: [a], outputs: { y: matmul(a, a) } })
  }

  test('is plain for little work, native for much', () => {
    expect(chooseExecutor(product(8))).toBe('plain')
    expect(chooseExecutor(product(512))).toBe('native')
    expect(estimateCost(product(512)).flops).toBe(2 * 512 ** 3)
  })

  test('is native for an operator without a kernel, which plain refuses', async () => {
    const only: Operator = { name: 'Erf', infer: ([v]) => [v as never] }
    const g = graph({ inputs: [x], outputs: { y: apply(only, [x]) } })
    expect(chooseExecutor(g)).toBe('native')
    await expect(compile(g, { executor: 'plain' })).rejects.toThrow('operator Erf has no plain kernel')
  })
})

// A 7-8-3 tanh network and Adam (Kingma and Ba, algorithm 1) as one graph: batch, labels in; loss out.
function training(dtype: DType) {
  const draw = seededRandom(42)
  const parameter = (name: string, shape: number[]) =>
    variable(
      name,
      tensor(
        Float64Array.from({ length: sizeOf(shape) }, () => 0.4 * draw.normal()),
        shape,
        dtype,
      ),
    )
  const zero = (name: string, v: Value) =>
    variable(name, tensor(new Float64Array(sizeOf(v.shape as number[])), v.shape as number[], dtype))
  const number = (value: number) => constant(value, [], dtype)

  const weights = [parameter('w', [7, 8]), parameter('b', [8]), parameter('v', [8, 3]), parameter('c', [3])]
  const [w, b, v, c] = weights as [Value, Value, Value, Value]
  const x = input('x', ['N', 7], dtype)
  const y = input('y', ['N', 3], dtype)
  const scores = gemm(tanh(gemm(x, w, b)), v, c)
  const loss = neg(reduceMean(reduceSum(mul(y, logSoftmax(scores)), [1])))

  const step = variable('step', tensor([0], [], dtype))
  const t = add(step, number(1))
  const updates: [Value, Value][] = [[step, t]]
  gradients(loss, weights).forEach((g, i) => {
    const target = weights[i]!
    const m = zero(`${target.name}.m`, target)
    const s = zero(`${target.name}.v`, target)
    const nextM = add(mul(m, number(0.9)), mul(g, number(0.1)))
    const nextS = add(mul(s, number(0.999)), mul(mul(g, g), number(0.001)))
    const first = div(nextM, sub(number(1), pow(number(0.9), t)))
    const second = div(nextS, sub(number(1), pow(number(0.999), t)))
    const next = sub(target, div(mul(number(0.05), first), add(sqrt(second), number(1e-7))))
    updates.push([m, nextM], [s, nextS], [target, next])
  })
  return { graph: graph({ inputs: [x, y], outputs: { loss }, updates }), variables: updates.map(([v]) => v) }
}

test.each([
  ['float32', 1e-4],
  ['float64', 1e-11],
] as const)(
  'a 7-8-3 network trained by Adam for 20 steps: plain agrees with native, %s',
  async (dtype, tolerance) => {
    const { graph: g, variables } = training(dtype)
    const [plain, native] = (await Promise.all(
      executors.map((executor) => compile(g, { executor, dims: { N: 10 } })),
    )) as [Program, Program]
    const draw = seededRandom(7)
    const losses: number[] = []
    for (let i = 0; i < 20; i++) {
      const rows = Array.from({ length: 70 }, () => Math.fround(draw.normal()))
      // The class is where the first three columns are largest.
      const labels = Array.from({ length: 30 }, (_, at) => {
        const three = rows.slice(7 * Math.floor(at / 3), 7 * Math.floor(at / 3) + 3)
        return three.indexOf(Math.max(...three)) === at % 3 ? 1 : 0
      })
      const feeds = { x: tensor(rows, [10, 7], dtype), y: tensor(labels, [10, 3], dtype) }
      const expected = (await plain.run(feeds))['loss']!
      const got = (await native.run(feeds))['loss']!
      compareTensors(`loss of step ${i}`, expected, got, tolerance)
      losses.push(Number(expected.data[0]))
    }
    for (const v of variables) compareTensors(v.name!, plain.read(v), native.read(v), tolerance)
    const mean = (part: number[]) => part.reduce((a, b) => a + b, 0) / part.length
    expect(mean(losses.slice(-5))).toBeLessThan(0.8 * mean(losses.slice(0, 5)))
    await native.close()
  },
)
