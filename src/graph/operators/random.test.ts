import { describe, expect, test } from 'vitest'
import { compile } from '../compile.ts'
import type { Attributes, Operator, Value } from '../contract.ts'
import type { ExecutorName } from '../executor.ts'
import { foldConstants } from '../fold.ts'
import { gradients } from '../gradients.ts'
import { bindDims, capturedBy, graph } from '../graph.ts'
import { lowered } from '../lower.ts'
import { readOnnx } from '../onnx/read.ts'
import { writeOnnx } from '../onnx/write.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { checkNative } from '../testing.ts'
import { applyAll, constant, input } from '../value.ts'
import { mul } from './arithmetic.ts'
import { identity } from './cast.ts'
import { less } from './compare.ts'
import { ifElse, knownCondition } from './conditional.ts'
import { neg } from './elementwise.ts'
import { operators } from './index.ts'
import { loopOperator, subgraph } from './loop.ts'
import { randomDropout, randomNormalLike, randomUniformLike } from './random.ts'
import { reduceSum } from './reduce.ts'
import { scanOperator } from './scan.ts'

const executors = ['plain', 'native'] as const
const n = 20_000

/** Runs one value of an input of `n` ones twice in one program: what each run drew. */
async function twoRuns(
  executor: ExecutorName,
  build: (x: Value) => Record<string, Value>,
  dtype: 'float32' | 'float64' = 'float32',
): Promise<Record<string, number[]>[]> {
  const x = input('x', ['N'], dtype)
  const program = await compile(graph({ inputs: [x], outputs: build(x) }), { executor })
  const runs: Record<string, number[]>[] = []
  for (let i = 0; i < 2; i++) {
    const results = await program.run({ x: tensor(new Float64Array(n).fill(1), [n], dtype) })
    runs.push(Object.fromEntries(Object.entries(results).map(([k, t]) => [k, Array.from(t.data, Number)])))
  }
  await program.close()
  return runs
}

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length

describe.each(executors)('Dropout, %s', (executor) => {
  test.each(['float32', 'float64'] as const)(
    'drops its share, scales the rest, and is repeatable, %s',
    async (dtype) => {
      const build = (x: Value) => ({ y: randomDropout(x, 0.25, { seed: 3 }) })
      const [first, second] = await twoRuns(executor, build, dtype)
      const y = first?.['y'] as number[]
      const scale = dtype === 'float32' && executor === 'native' ? Math.fround(1 / 0.75) : 1 / 0.75
      expect(new Set(y)).toEqual(new Set([0, scale]))
      // Five standard errors.
      expect(Math.abs(mean(y) - 1)).toBeLessThan(5 * Math.sqrt(0.25 / 0.75 / n))
      expect(second?.['y']).not.toEqual(y)
      expect(await twoRuns(executor, build, dtype)).toEqual([first, second])
    },
  )

  test('the gradient drops what the run dropped', async () => {
    const runs = await twoRuns(executor, (x) => {
      const y = randomDropout(mul(x, x), 0.5, { seed: 5 })
      return { y, g: gradients(reduceSum(y), [x])[0]! }
    })
    // y = x²·m and its gradient 2x·m, where m is 0 or 2, at x = 1.
    for (const { y, g } of runs) expect(g).toEqual(y?.map((v) => 2 * v))
  })

  test('switched off by its training input it does nothing, also to the gradient', async () => {
    const training = constant(0, [], 'bool')
    const [run] = await twoRuns(executor, (x) => {
      const y = randomDropout(x, 0.5, { seed: 5, training })
      return { y, g: gradients(reduceSum(mul(y, y)), [x])[0]! }
    })
    expect(new Set(run?.['y'])).toEqual(new Set([1]))
    expect(new Set(run?.['g'])).toEqual(new Set([2]))
  })

  test('is switched at run time', async () => {
    const x = input('x', [50])
    const training = input('training', [], 'bool')
    const y = randomDropout(x, 0.5, { seed: 5, training })
    const g = gradients(reduceSum(y), [x])[0]!
    const program = await compile(graph({ inputs: [x, training], outputs: { y, g } }), { executor })
    const values = async (on: number) => {
      const feeds = { x: tensor(new Float32Array(50).fill(1), [50]), training: tensor([on], [], 'bool') }
      const results = (await program.run(feeds)) as { y: Tensor; g: Tensor }
      return {
        y: new Set(Array.from(results.y.data, Number)),
        g: new Set(Array.from(results.g.data, Number)),
      }
    }
    expect(await values(0)).toEqual({ y: new Set([1]), g: new Set([1]) })
    expect(await values(1)).toEqual({ y: new Set([0, 2]), g: new Set([0, 2]) })
    await program.close()
  })
})

describe.each(executors)('noise, %s', (executor) => {
  test('normal and uniform have their moments and are repeatable', async () => {
    const build = (x: Value) => ({
      normal: randomNormalLike(x, { seed: 11, mean: 3, scale: 0.5 }),
      uniform: randomUniformLike(x, { seed: 12, low: -2, high: 4 }),
    })
    const [first, second] = await twoRuns(executor, build)
    const { normal, uniform } = first as { normal: number[]; uniform: number[] }
    expect(Math.abs(mean(normal) - 3)).toBeLessThan((5 * 0.5) / Math.sqrt(n))
    const variance = mean(normal.map((v) => (v - 3) ** 2))
    expect(Math.abs(variance - 0.25)).toBeLessThan(5 * 0.25 * Math.sqrt(2 / n))
    expect(Math.abs(mean(uniform) - 1)).toBeLessThan(5 * Math.sqrt(36 / 12 / n))
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(-2)
    expect(Math.max(...uniform)).toBeLessThan(4.000001)
    expect(second).not.toEqual(first)
    expect(await twoRuns(executor, build)).toEqual([first, second])
  })

  test('has no gradient of its own', async () => {
    const [run] = await twoRuns(executor, (x) => {
      const noise = randomNormalLike(x, { seed: 1 })
      return { noise, g: gradients(reduceSum(mul(x, noise)), [x])[0]! }
    })
    expect(run?.['g']).toEqual(run?.['noise'])
  })
})

describe.each(executors)('without a seed, %s', (executor) => {
  const unseeded = (name: string, attributes: Attributes = {}) => {
    const operator = operators.get(name)!
    const rest = name === 'Dropout' ? [constant(0.5), constant(1, [], 'bool')] : []
    return (x: Value) => applyAll(operator, [x, ...rest], attributes)[0]!
  }

  test.each(['Dropout', 'RandomNormalLike', 'RandomUniformLike'])('each %s draws its own', async (name) => {
    const build = unseeded(name)
    const two = (x: Value) => ({ a: build(x), b: build(x) })
    const [[first], [again]] = [await twoRuns(executor, two), await twoRuns(executor, two)]
    expect(first?.['a']).not.toEqual(first?.['b'])
    // ONNX Runtime draws one seed a process, and of that a node's by its place in the graph.
    if (executor === 'plain') expect(again?.['a']).not.toEqual(first?.['a'])
  })

  test.each(['Dropout', 'RandomNormalLike', 'RandomUniformLike'])('a seed of 0 is one: %s', async (name) => {
    const build = unseeded(name, { seed: 0 })
    const one = (x: Value) => ({ y: build(x) })
    expect(await twoRuns(executor, one)).toEqual(await twoRuns(executor, one))
  })
})

test('a ratio of 0 keeps everything: plain agrees with native', () =>
  checkNative((x) => randomDropout(x, 0, { seed: 1 }), [['N', 2]], { dims: { N: 3 } }))

test('impossible ratios and seeds are refused', () => {
  const x = input('x', [2])
  expect(() => randomDropout(x, 1, { seed: 0 })).toThrow('a dropout ratio of 1')
  expect(() => randomNormalLike(x, { seed: 0.5 })).toThrow('the seed 0.5 is not an integer from 0 to 2^24')
})

test.each(executors)('a ratio that is fed and is none is refused, %s', async (executor) => {
  const [x, ratio] = [input('x', [2]), input('ratio', [])]
  const [y] = applyAll(operators.get('Dropout')!, [x, ratio, constant(1, [], 'bool')], { seed: 1 })
  const program = await compile(graph({ inputs: [x, ratio], outputs: { y: y! } }), { executor })
  for (const share of [NaN, -0.5, 1, 1.5]) {
    const run = async () => program.run({ x: tensor([1, 2], [2]), ratio: tensor([share], []) })
    const words = executor === 'plain' ? `a dropout ratio of ${share}` : 'running Dropout node'
    await expect(run(), String(share)).rejects.toThrow(words)
  }
  await program.close()
})

describe('what a body draws from nothing of its own', () => {
  const two = constant([0, 0])
  const draw = (seed: number) => randomUniformLike(two, { seed })
  const rounds = constant(4, [], 'int64')
  const on = input('on', [], 'bool')
  const outer = randomUniformLike(input('x', [2]), { seed: 9 })

  /** Collects of each round what it draws: itself, in a branch, and what was drawn before. */
  function loopOf(): readonly Value[] {
    const branch = ifElse(
      on,
      [],
      () => [draw(2)],
      () => [neg(draw(3))],
    )[0]!
    const outputs = { on: constant(1, [], 'bool'), own: draw(1), branch, outer: identity(outer) }
    const body = subgraph([input('k', [], 'int64'), input('going', [], 'bool')], outputs, [outer, on])
    return applyAll(loopOperator, [rounds, undefined], { body }, { captured: capturedBy(body) })
  }

  function scanOf(x: Value): readonly Value[] {
    const body = subgraph([input('slice', [])], { own: draw(4) }, [])
    return applyAll(scanOperator, [x], { body, num_scan_inputs: 1 })
  }

  test.each(executors)('is drawn in each round, on %s, and read from a file', async (executor) => {
    const [own, branch, before] = loopOf()
    const scanned = scanOf(constant([1, 2, 3, 4]))[0]!
    const x = outer.node!.inputs[0]!
    const g = graph({
      inputs: [x, on],
      outputs: { own: own!, branch: branch!, scanned, before: before! },
    })
    for (const of of [g, readOnnx(writeOnnx(g)).graph, bindDims(lowered(foldConstants(g)), { N: 2 })]) {
      const program = await compile(of, { executor })
      const feeds = { x: tensor([0, 0], [2]), on: tensor([1], [], 'bool') }
      const distinct = new Set<number>()
      for (let run = 0; run < 2; run++) {
        const results = await program.run(feeds)
        for (const name of ['own', 'branch', 'scanned'])
          for (const v of results[name]!.data) distinct.add(Number(v))
        const once = Array.from(results['before']!.data, Number)
        expect(new Set(once).size).toBe(2)
      }
      // Three draws of two numbers in each of four rounds, in two runs.
      expect(distinct.size).toBe(48)
      await program.close()
    }
  })

  test('is drawn in each round where it has no input at all, and no kernel here', async () => {
    const randomNormal: Operator = {
      name: 'RandomNormal',
      attributes: { shape: 'ints' },
      infer: () => [{ dtype: 'float32', shape: [2], content: undefined }],
      random: true,
    }
    const drawn = applyAll(randomNormal, [], { shape: [2] })[0]!
    const places = [input('k', [], 'int64'), input('going', [], 'bool')]
    const body = subgraph(places, { on: constant(1, [], 'bool'), drawn }, [])
    const [y] = applyAll(loopOperator, [rounds, undefined], { body })
    const read = readOnnx(writeOnnx(graph({ inputs: [on], outputs: { y: y! } }))).graph
    const program = await compile(read, { executor: 'native' })
    const results = await program.run({ on: tensor([1], [], 'bool') })
    expect(new Set(Array.from(results['y']!.data, Number)).size).toBe(8)
    await program.close()
  })

  test('makes no condition known before a run', () => {
    const drawn = ifElse(
      constant(1, [], 'bool'),
      [],
      () => [draw(5)],
      () => [two],
    )[0]!
    expect(knownCondition(less(reduceSum(drawn), constant(1)))).toBeUndefined()
  })
})
