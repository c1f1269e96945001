import { describe, expect, test } from 'vitest'
import { compile } from '../compile.ts'
import type { Value } from '../contract.ts'
import type { ExecutorName } from '../executor.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { tensor, toFloat64 } from '../tensor.ts'
import { checkNative, compareTensors } from '../testing.ts'
import { apply, applyAll, constant, input, variable } from '../value.ts'
import { add, mul, sub } from './arithmetic.ts'
import { modOperator } from './bits.ts'
import { cast, identity } from './cast.ts'
import { less } from './compare.ts'
import { tanh } from './elementwise.ts'
import { gather } from './gather.ts'
import { loop, loopOperator } from './loop.ts'
import { matmul } from './matmul.ts'
import { reduceMean, reduceSum } from './reduce.ts'

const executors = ['plain', 'native'] as const

/** Runs a graph without feeds but these and answers its outputs as numbers. */
async function numbers(
  executor: ExecutorName,
  inputs: readonly Value[],
  outputs: Record<string, Value>,
  feeds: Record<string, ReturnType<typeof tensor>> = {},
): Promise<Record<string, number[]>> {
  const program = await compile(graph({ inputs, outputs }), { executor })
  const results = await program.run(feeds)
  const found = Object.fromEntries(Object.entries(results).map(([k, t]) => [k, [...toFloat64(t)]]))
  await program.close()
  return found
}

describe.each(executors)('Loop, %s', (executor) => {
  test('ends by its condition whatever number it may take, and fails where that never comes', async () => {
    const x = input('x', [])
    const m = input('m', [1], 'int64')
    const end = 2n ** 63n - 1n
    const most = constant(BigInt64Array.of(end), [], 'int64')
    for (const limit of [undefined, most, m]) {
      const { carried, scans } = loop(limit, [x], ({ carried: [v] }) => {
        const next = mul(v!, constant(2))
        return {
          carried: [next],
          scans: executor === 'native' ? [add(next, constant(1))] : [],
          condition: less(next, constant(100)),
        }
      })
      const outputs = { y: carried[0]!, ...(scans[0] ? { each: scans[0] } : {}) }
      const program = await compile(graph({ inputs: [x, m], outputs }), { executor })
      const run = async (start: number, rounds: bigint) => {
        const results = await program.run({
          x: tensor([start], []),
          m: tensor(BigInt64Array.of(rounds), [1], 'int64'),
        })
        return Object.values(results).map((v) => [...toFloat64(v)])
      }
      const each = executor === 'native' ? [[7, 13, 25, 49, 97, 193]] : []
      expect(await run(3, end)).toEqual([[192], ...each])
      if (limit === m) expect((await run(0, 5n))[0]).toEqual([0])
      if (limit !== most) {
        await expect(run(0, end)).rejects.toThrow('Loop: its condition holds still after 65536 rounds')
      }
      await program.close()
    }
  })

  test('captures what is said otherwise of a value from outside', async () => {
    const x = input('x', [2], 'int32')
    const by = input('by', [2], 'int32')
    const { carried } = loop(3, [x], ({ carried: [v] }) => ({
      carried: [add(apply(modOperator, [v!, by]), constant([5, 5], [2], 'int32'))],
    }))
    const feeds = { x: tensor([7, 100], [2], 'int32'), by: tensor([-1, 8], [2], 'int32') }
    // 7 mod −1 + 5, three times; 100 mod 8 + 5 = 9, 9 mod 8 + 5 = 6, 6 mod 8 + 5 = 11.
    expect(await numbers(executor, [x, by], { y: carried[0]! }, feeds)).toEqual({ y: [5, 11] })
  })

  test('carries, collects and captures', async () => {
    const x = input('x', [2])
    const step = constant([1, 10])
    const outer = mul(x, x)
    const { carried, scans } = loop(3, [x], ({ iteration, carried: [v] }) => {
      const next = add(add(v!, step), outer)
      return { carried: [next], scans: [reduceSum(next), cast(iteration, 'float32')] }
    })
    const found = await numbers(
      executor,
      [x],
      { last: carried[0]!, sums: scans[0]!, rounds: scans[1]!, step },
      { x: tensor([2, 3], [2]) },
    )
    expect(found).toEqual({ last: [17, 60], sums: [29, 53, 77], rounds: [0, 1, 2], step: [1, 10] })
  })

  test('swaps two values', async () => {
    const { carried } = loop(3, [constant([1]), constant([2])], ({ carried: [a, b] }) => ({
      carried: [b!, a!],
    }))
    const found = await numbers(executor, [], { a: carried[0]!, b: carried[1]! })
    expect(found).toEqual({ a: [2], b: [1] })
  })

  test('stops at its condition, or at a limit that is fed; none at all gives what it started with', async () => {
    const limit = input('limit', [], 'int64')
    const doubled = (rounds: Value | undefined) =>
      loop(rounds, [constant(1)], ({ carried: [v] }) => {
        const next = mul(v!, constant(2))
        return { carried: [next], condition: less(next, constant(100)) }
      }).carried[0]!
    const feed = (n: number) => ({ limit: tensor([n], [], 'int64') })
    const outputs = { free: doubled(undefined), limited: doubled(limit) }
    expect(await numbers(executor, [limit], outputs, feed(3))).toEqual({ free: [128], limited: [8] })
    expect(await numbers(executor, [limit], outputs, feed(50))).toEqual({ free: [128], limited: [128] })
    expect(await numbers(executor, [limit], outputs, feed(0))).toEqual({ free: [128], limited: [1] })
  })

  test('nests', async () => {
    const { carried } = loop(3, [constant(1)], ({ carried: [v], iteration }) => {
      const inner = loop(2, [v!], ({ carried: [w] }) => ({
        carried: [add(w!, cast(iteration, 'float32'))],
      }))
      return { carried: [add(inner.carried[0]!, constant(1))] }
    })
    expect(await numbers(executor, [], { y: carried[0]! })).toEqual({ y: [1 + 3 + 2 * (1 + 2)] })
  })

  test('free dimensions are bound inside, too', async () => {
    const x = input('x', ['N', 2])
    const z = input('z', ['N', 2])
    const y = loop(2, [x], ({ carried: [v] }) => ({ carried: [add(v!, z)] })).carried[0]!
    const g = graph({ inputs: [x, z], outputs: { y } })
    for (const options of [{ executor }, { executor, dims: { N: 1 } }]) {
      const program = await compile(g, options)
      const { y: found } = await program.run({ x: tensor([1, 2], [1, 2]), z: tensor([3, 4], [1, 2]) })
      expect([...(found?.data ?? [])]).toEqual([7, 10])
      await program.close()
    }
  })
})

test('plain agrees with native in both precisions', async () => {
  const recurrent = (x: Value, w: Value) => {
    const { carried, scans } = loop(4, [x], ({ carried: [v] }) => {
      const next = tanh(matmul(v!, w))
      return { carried: [next], scans: [next] }
    })
    return [...carried, ...scans]
  }
  await checkNative(
    recurrent,
    [
      ['N', 3],
      [3, 3],
    ],
    { gradient: false, dims: { N: 2 } },
  )
})

test('has no gradient, through what it carries and through what it captures', () => {
  const x = input('x', [2])
  const w = input('w', [2])
  const y = loop(2, [x], ({ carried: [v] }) => ({ carried: [mul(v!, w)] })).carried[0]!
  for (const [wrt, message] of [
    [x, 'Loop has no gradient rule'],
    [w, 'operator Loop captures a value that is to be trained'],
  ] as const) {
    const attempt = () => gradients(reduceSum(y), [wrt])
    expect(attempt).toThrow(message)
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'unsupported', hint: expect.stringContaining('Unroll') }),
    )
  }
})

test('a carried value keeps its shape', () => {
  const x = input('x', [2])
  expect(() => loop(2, [x], ({ carried: [v] }) => ({ carried: [reduceSum(v!)] }))).toThrow(
    'Loop: the carried value 0 is float32 [2] but becomes float32 []',
  )
})

// One step of gradient descent on a 3-4-1 network, over rows that the round's number chooses.
const rows = 12
const size = 4
const dataX = Array.from({ length: rows * 3 }, (_, i) => Math.sin(1.7 * i))
const dataY = Array.from({ length: rows }, (_, i) => Math.cos(2.3 * i))
const initial = {
  w: tensor(
    Array.from({ length: 12 }, (_, i) => Math.sin(i + 0.5)),
    [3, 4],
    'float64',
  ),
  v: tensor([0.3, -0.2, 0.5, 0.1], [4, 1], 'float64'),
}

function descend(w: Value, v: Value, places: Value): { next: Value[]; loss: Value } {
  const x = gather(constant(dataX, [rows, 3], 'float64'), places)
  const y = gather(constant(dataY, [rows, 1], 'float64'), places)
  const error = sub(matmul(tanh(matmul(x, w)), v), y)
  const loss = reduceMean(mul(error, error))
  const rate = constant(0.1, [], 'float64')
  const next = gradients(loss, [w, v]).map((g, i) => sub(i === 0 ? w : v, mul(rate, g)))
  return { next, loss }
}

test.each(executors)('trains many steps in one call as from outside, %s', async (executor) => {
  const rounds = 9
  // The rows of round k are 4k mod 12 and the three that follow.
  const first = (k: number) => (k * size) % rows
  const order = constant(
    Array.from({ length: rounds * size }, (_, i) => first(Math.floor(i / size)) + (i % size)),
    [rounds, size],
    'int64',
  )
  const w = variable('w', initial.w)
  const v = variable('v', initial.v)

  const inside = loop(rounds, [w, v], ({ iteration, carried: [a, b] }) => {
    const { next, loss } = descend(a!, b!, gather(order, iteration))
    return { carried: next, scans: [loss] }
  })
  const [nextW, nextV] = inside.carried as [Value, Value]
  const whole = await compile(
    graph({
      inputs: [],
      outputs: { losses: inside.scans[0]! },
      updates: [
        [w, nextW],
        [v, nextV],
      ],
    }),
    { executor },
  )

  const places = input('places', [size], 'int64')
  const { next, loss } = descend(w, v, places)
  const single = await compile(
    graph({
      inputs: [places],
      outputs: { loss },
      updates: [
        [w, next[0]!],
        [v, next[1]!],
      ],
    }),
    { executor: 'plain' },
  )

  // Twice, since the second call goes on from what the first has learnt.
  for (let call = 0; call < 2; call++) {
    const { losses } = await whole.run({})
    const outside: number[] = []
    for (let k = 0; k < rounds; k++) {
      const chosen = Array.from({ length: size }, (_, i) => first(k) + i)
      const result = await single.run({ places: tensor(chosen, [size], 'int64') })
      outside.push(Number(result['loss']?.data[0]))
    }
    compareTensors('losses', tensor(outside, [rounds], 'float64'), losses as never, 1e-12)
    compareTensors('w', single.read(w), whole.read(w), 1e-12)
    compareTensors('v', single.read(v), whole.read(v), 1e-12)
  }
  expect([...toFloat64(whole.read(w))]).not.toEqual([...toFloat64(initial.w)])
  await whole.close()
})

test('refuses a loop that nothing ends', () => {
  const [round, on, v] = [input('round', [], 'int64'), input('on', [], 'bool'), input('v', [2])]
  const body = graph({ inputs: [round, on, v], outputs: { goesOn: identity(on), next: add(v, v) } })
  const x = input('x', [2])
  expect(() => applyAll(loopOperator, [undefined, constant([1], [], 'bool'), x], { body })).toThrow(
    /no number of rounds is given, and nothing in its body ends them/,
  )
})
