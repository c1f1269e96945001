import { describe, expect, it } from 'vitest'
import { compile } from '../compile.ts'
import type { Graph, Operator, Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { bindDims, freeze, graph } from '../graph.ts'
import { readOnnx } from '../onnx/read.ts'
import { writeOnnx } from '../onnx/write.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { apply, constant, constantOf, input, variable } from '../value.ts'
import { add, mul } from './arithmetic.ts'
import { cast } from './cast.ts'
import { equal, greater } from './compare.ts'
import { ifElse, knownCondition } from './conditional.ts'
import { exp, log, neg, tanh } from './elementwise.ts'
import { loop } from './loop.ts'
import { randomDropout } from './random.ts'
import { reduceSum } from './reduce.ts'
import { slice } from './slice.ts'
import { reshape, shapeOf, unsqueeze } from './view.ts'

const on = input('on', [], 'bool')
const x = input('x', ['N', 2])
const w = input('w', [2])

/** The same outputs of both executors. */
async function runBoth(g: Graph, feeds: Record<string, Tensor>): Promise<Record<string, number[]>> {
  const [plain, native] = await Promise.all(
    (['plain', 'native'] as const).map(async (executor) => {
      const program = await compile(g, { executor, threads: 1 })
      const got = await program.run(feeds)
      const numbers = Object.entries(got).map(([name, t]) => [name, Array.from(t.data, Number)] as const)
      await program.close()
      return Object.fromEntries(numbers)
    }),
  )
  for (const [name, values] of Object.entries(plain!)) {
    values.forEach((v, i) => void expect(native![name]![i]).toBeCloseTo(v, 5))
  }
  return plain!
}

const feeds = (condition: boolean): Record<string, Tensor> => ({
  on: tensor([condition ? 1 : 0], [], 'bool'),
  x: tensor([1, 2, 3, 4], [2, 2]),
  w: tensor([2, 0.5], [2]),
})

/** x·w or −x, by a condition that is fed. */
const choose = (): Value =>
  ifElse(
    on,
    [x, w],
    (v, u) => [mul(v, u)],
    (v) => [neg(v)],
  )[0]!

describe('If', () => {
  it('gives what the branch gives that the condition says, on both executors', async () => {
    const g = graph({ inputs: [on, x, w], outputs: { y: choose() } })
    expect((await runBoth(g, feeds(true)))['y']).toEqual([2, 1, 6, 2])
    expect((await runBoth(g, feeds(false)))['y']).toEqual([-1, -2, -3, -4])
  })

  it('computes only the branch that is taken', () => {
    const y = ifElse(
      on,
      [x],
      (v) => [log(v)],
      (v) => [exp(v)],
    )[0]!
    expect(y.node?.operator.name).toBe('If')
    const inside = Object.values(y.node!.attributes).flatMap((a) => (a as Graph).nodes)
    expect(inside.map((node) => node.operator.name)).toEqual(['Log', 'Exp'])
    expect(graph({ inputs: [on, x], outputs: { y } }).nodes).toHaveLength(1)
  })

  it.each([true, false])(
    'has the gradient of the branch taken, 0 for what it does not use: %s',
    async (condition) => {
      const [dx, dw] = gradients(reduceSum(choose()), [x, w])
      const g = graph({ inputs: [on, x, w], outputs: { dx: dx!, dw: dw! } })
      const got = await runBoth(g, feeds(condition))
      expect(got['dx']).toEqual(condition ? [2, 0.5, 2, 0.5] : [-1, -1, -1, -1])
      expect(got['dw']).toEqual(condition ? [4, 6] : [0, 0])
    },
  )

  it('has gradients that differences give, where a value inside is made of another', async () => {
    const build = (a: Value, b: Value) => {
      const both = tanh(mul(a, b))
      const positive = greater(reduceSum(a), constant(-1e3, [], a.dtype))
      return ifElse(
        positive,
        [a, both],
        (v, u) => [mul(v, add(u, v)), exp(u)],
        (v, u) => [u, v],
      )
    }
    checkGradient(build, [['N', 2], [2]], { dims: { N: 3 } })
    await checkNative(build, [['N', 2], [2]], { dims: { N: 3 } })
  })

  it('keeps infinities of the branch not taken out of the gradient', () => {
    const y = ifElse(
      on,
      [x],
      (v) => [log(v)],
      (v) => [v],
    )[0]!
    const [dx] = gradients(reduceSum(y), [x])
    const program = compilePlain(graph({ inputs: [on, x], outputs: { dx: dx! } }))
    const zeros = { on: tensor([0], [], 'bool'), x: tensor([0, 0], [1, 2]) }
    expect(Array.from((program.run(zeros) as Record<string, Tensor>)['dx']!.data, Number)).toEqual([1, 1])
  })

  it('names what the plain executor does not run, in a branch that is known too', () => {
    const opaque: Operator = {
      name: 'Bernoulli',
      infer: () => [{ dtype: 'float32', shape: [2], content: undefined }],
      random: true,
    }
    for (const condition of [on, constant(1, [], 'bool')]) {
      const y = ifElse(
        condition,
        [w],
        (v) => [apply(opaque, [v])],
        (v) => [neg(v)],
      )[0]!
      const program = compilePlain(graph({ inputs: [on, w], outputs: { y } }))
      const feeds = { on: tensor([1], [], 'bool'), w: tensor([1, 2], [2]) }
      expect(() => program.run(feeds)).toThrow('Bernoulli has no plain kernel')
    }
  })

  it('may stand in a branch, in a loop, and hold a loop', async () => {
    const inner = (v: Value) =>
      ifElse(
        on,
        [v],
        (u) => [add(u, u)],
        (u) => [loop(3, [u], ({ carried: [c] }) => ({ carried: [add(c!, w)] })).carried[0]!],
      )[0]!
    const nested = ifElse(
      on,
      [x, w, on],
      (v) => [neg(inner(v))],
      (v) => [inner(v)],
    )[0]!
    const { carried } = loop(2, [x], ({ carried: [v] }) => ({ carried: [inner(v!)] }))
    const g = graph({ inputs: [on, x, w], outputs: { nested, looped: carried[0]! } })
    const yes = await runBoth(g, feeds(true))
    expect(yes).toEqual({ nested: [-2, -4, -6, -8], looped: [4, 8, 12, 16] })
    const no = await runBoth(g, feeds(false))
    expect(no).toEqual({ nested: [7, 3.5, 9, 5.5], looped: [13, 5, 15, 7] })
  })

  it('is written and read again, bound and frozen', async () => {
    const weight = variable('weight', tensor([2, 0.5], [2]))
    const y = ifElse(
      on,
      [x],
      (v) => [mul(v, weight)],
      (v) => [neg(v)],
    )[0]!
    const g = graph({ inputs: [on, x], outputs: { y } })
    const frozen = freeze(g, (v) => constantOf(v.tensor!))
    for (const form of [g, bindDims(g, { N: 2 }), frozen, readOnnx(writeOnnx(frozen)).graph]) {
      const { on: yes, x: values } = feeds(true)
      expect((await runBoth(form, { on: yes!, x: values! }))['y']).toEqual([2, 1, 6, 2])
    }
  })

  it('may give another rank by either branch', async () => {
    const either = (condition: Value) =>
      ifElse(
        condition,
        [x],
        (v) => [unsqueeze(v, [0])],
        (v) => [neg(v)],
      )[0]!
    const told = graph({
      inputs: [x],
      outputs: { y: either(equal(reshape(slice(shapeOf(x), [0], [1]), []), constant(2, [], 'int64'))) },
    })
    const run = compilePlain(told)
    const shapeAt = (rows: number) =>
      (run.run({ x: tensor(new Float32Array(rows * 2), [rows, 2]) }) as Record<string, Tensor>)['y']!.shape
    expect(shapeAt(2)).toEqual([1, 2, 2])
    expect(shapeAt(3)).toEqual([3, 2])
    const open = graph({ inputs: [on, x], outputs: { y: either(on) } })
    const native = await compile(open, { executor: 'native', threads: 1 })
    const { on: yes, x: values } = feeds(true)
    expect((await native.run({ on: yes!, x: values! }))['y']?.shape).toEqual([1, 2, 2])
    await native.close()
    // On plain there is a plan for what the condition is now.
    const plain = compilePlain(open)
    for (const [chosen, shape] of [
      [true, [1, 2, 2]],
      [false, [2, 2]],
      [true, [1, 2, 2]],
    ] as const) {
      const { on: condition } = feeds(chosen)
      expect(
        ((await plain.run({ on: condition!, x: values! })) as Record<string, Tensor>)['y']?.shape,
      ).toEqual(shape)
    }
  })

  it('refuses branches that differ in dtype, two bools, a gradient through what draws', () => {
    const dtypes = () =>
      ifElse(
        on,
        [x],
        (v) => [v],
        (v) => [cast(v, 'int64')],
      )
    expect(dtypes).toThrow(/output 0 is float32 in one branch and int64 in the other/)
    const two = input('two', [2], 'bool')
    expect(() =>
      ifElse(
        two,
        [x],
        (v) => [v],
        (v) => [v],
      ),
    ).toThrow(/condition is bool \[2\]/)
    const drawn = ifElse(
      on,
      [x],
      (v) => [randomDropout(v, 0.5, { seed: 1 })],
      (v) => [v],
    )[0]!
    expect(() => gradients(reduceSum(drawn), [x])).toThrow(/Dropout in a branch of If draws anew/)
  })
})

describe('knownCondition', () => {
  it('is told by constants and by sizes that are known, and by nothing else', () => {
    const bound = input('b', [2, 3])
    const rows = (v: Value) => reshape(slice(shapeOf(v), [0], [1]), [])
    const two = constant(2, [], 'int64')
    expect(knownCondition(constant(1, [], 'bool'))).toBe(true)
    expect(knownCondition(equal(rows(bound), two))).toBe(true)
    expect(knownCondition(equal(rows(bound), constant(3, [], 'int64')))).toBe(false)
    expect(knownCondition(equal(rows(x), two))).toBeUndefined()
    expect(knownCondition(on)).toBeUndefined()
    expect(knownCondition(cast(reduceSum(bound), 'bool'))).toBeUndefined()
  })
})
