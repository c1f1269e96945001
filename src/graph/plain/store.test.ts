import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { compile } from '../compile.ts'
import type { Graph, Value } from '../contract.ts'
import type { Tensors } from '../executor.ts'
import { graph } from '../graph.ts'
import { readOnnx } from '../onnx/read.ts'
import { add, div, mul, pow, sub } from '../operators/arithmetic.ts'
import { modOperator } from '../operators/bits.ts'
import { cast } from '../operators/cast.ts'
import { equal, less } from '../operators/compare.ts'
import { concat } from '../operators/join.ts'
import { matmul } from '../operators/matmul.ts'
import { reduceSum } from '../operators/reduce.ts'
import { softmax } from '../operators/softmax.ts'
import { type DType, type Tensor, tensor, toFloat64 } from '../tensor.ts'
import { apply, constant, constantOf, input, variable } from '../value.ts'
import { compilePlain } from './program.ts'

async function both(g: Graph, feeds: Tensors): Promise<{ plain: number[]; native: number[] }> {
  const native = await compile(g, { executor: 'native' })
  const there = await native.run(feeds)
  await native.close()
  const here = await compilePlain(g).run(feeds)
  return { plain: [...toFloat64(here['y']!)], native: [...toFloat64(there['y']!)] }
}

const pair = (dtype: DType, f: (a: Value, b: Value) => Value, size: number): Graph => {
  const a = input('a', [size], dtype)
  const b = input('b', [size], dtype)
  return graph({ inputs: [a, b], outputs: { y: f(a, b) } })
}

describe('integers on the plain executor', () => {
  it('wrap and truncate as those of ONNX Runtime do', async () => {
    const ends: Partial<Record<DType, number[]>> = {
      uint8: [250, 3, 255, 0, 7],
      int8: [127, -128, -7, 100, 7],
      int32: [2 ** 31 - 1, -(2 ** 31), -7, 123_456_789, 7],
      uint32: [2 ** 32 - 1, 0, 3_000_000_000, 123_456_789, 7],
    }
    for (const [dtype, values] of Object.entries(ends) as [DType, number[]][]) {
      const others = dtype.startsWith('u') ? [10, 5, 255, 3, 2] : [10, -5, 2, 3, -2]
      const feeds = { a: tensor(values, [5], dtype), b: tensor(others, [5], dtype) }
      for (const f of [add, sub]) {
        const { plain, native } = await both(pair(dtype, f, 5), feeds)
        expect(plain, `${dtype} ${f.name}`).toEqual(native)
      }
      const { plain, native } = await both(pair(dtype, div, 5), {
        ...feeds,
        b: tensor([3, 3, 2, 7, 2], [5], dtype),
      })
      expect(plain, `${dtype} quotient`).toEqual(native)
    }
    const sum = pair('uint8', add, 1)
    const { y } = await compilePlain(sum).run({
      a: tensor([250], [1], 'uint8'),
      b: tensor([10], [1], 'uint8'),
    })
    expect([...y!.data]).toEqual([4])
  })

  it('are refused beyond 2^53 − 1, and below not', async () => {
    const most = Number.MAX_SAFE_INTEGER
    const feed = (a: bigint, b: bigint): Tensors => ({
      a: tensor(BigInt64Array.of(a), [1], 'int64'),
      b: tensor(BigInt64Array.of(b), [1], 'int64'),
    })
    const program = compilePlain(pair('int64', add, 1))
    expect((await program.run(feed(BigInt(most) - 1n, 1n)))['y']!.data[0]).toBe(most)
    for (const [a, b] of [
      [BigInt(most), 1n],
      [2n ** 53n + 1n, -2n],
      [2n ** 63n - 1n, -(2n ** 63n - 2n)],
    ] as const) {
      expect(() => program.run(feed(a, b))).toThrow(/Add.*beyond 2\^53/)
    }
    // Whatever refuses is an error of ours that says where it would go.
    try {
      program.run(feed(2n ** 60n, 2n ** 60n))
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(FrostglassError)
      expect(error).toMatchObject({ code: 'unsupported', hint: "Compile with executor: 'native'." })
    }
    const passed = compilePlain(
      graph({ inputs: [input('unused', [])], outputs: { y: concat([wide(2n ** 60n + 1n), wide(1n)], 0) } }),
    )
    expect(() => passed.run({ unused: tensor([0], []) })).toThrow("an integer of the output 'y'")
  })

  it('beyond 2^53 − 1 are compared with what is within, and become floats', async () => {
    const x = input('x', [2], 'int64')
    const compared = graph({ inputs: [x], outputs: { y: cast(less(x, wide(2n ** 53n + 1n)), 'float32') } })
    const feeds = { x: tensor(BigInt64Array.of(BigInt(Number.MAX_SAFE_INTEGER), -3n), [2], 'int64') }
    expect((await both(compared, feeds)).plain).toEqual([1, 1])
    const same = compilePlain(graph({ inputs: [x], outputs: { y: equal(x, wide(2n ** 53n)) } }))
    expect(() => same.run({ x: tensor(BigInt64Array.of(2n ** 53n + 1n, 0n), [2], 'int64') })).toThrow(
      'beyond 2^53',
    )
    const asFloat = graph({ inputs: [x], outputs: { y: cast(x, 'float64') } })
    const { plain, native } = await both(asFloat, {
      x: tensor(BigInt64Array.of(2n ** 62n + 1n, 2n ** 53n + 3n), [2], 'int64'),
    })
    expect(plain).toEqual(native)
  })

  it('are neither quotients nor remainders by 0, on both executors', async () => {
    const remainder = (fmod: number) => (a: Value, b: Value) => apply(modOperator, [a, b], { fmod })
    for (const dtype of ['int32', 'uint8', 'int64'] as const) {
      const feeds = (b: number) => ({ a: tensor([7], [1], dtype), b: tensor([b], [1], dtype) })
      for (const f of [div, remainder(0), remainder(1)]) {
        const program = compilePlain(pair(dtype, f, 1))
        expect(() => program.run(feeds(0))).toThrow('an integer is divided by 0')
        const native = await compile(pair(dtype, f, 1), { executor: 'native' })
        await expect(native.run(feeds(0))).rejects.toThrow(FrostglassError)
        await native.close()
        const { plain, native: there } = await both(pair(dtype, f, 1), feeds(3))
        expect(plain).toEqual(there)
      }
    }
    // Where an error would tell of what is fed there is none.
    const quiet = compilePlain(pair('int32', remainder(0), 1), { inexactIntegers: 'round' })
    const feeds = { a: tensor([7], [1], 'int32'), b: tensor([0], [1], 'int32') }
    expect((quiet.run(feeds) as Tensors)['y']!.data[0]).toBe(0)
  })
})

const wide = (v: bigint): Value => constantOf({ dtype: 'int64', shape: [1], data: BigInt64Array.of(v) })

describe.each<[DType, number]>([
  ['float16', 2 ** -10],
  ['bfloat16', 2 ** -7],
])('%s', (dtype, unit) => {
  const numbers = (count: number, scale: number): Tensor =>
    tensor(
      Float64Array.from({ length: count }, (_, i) => Math.sin(i + 1) * scale),
      [count],
      dtype,
    )

  it('goes in, through weights and out on both executors, alike within its precision', async () => {
    const x = input('x', ['N', 4], dtype)
    const weights = constantOf({ ...numbers(12, 1), shape: [4, 3] })
    const y = softmax(
      add(mul(matmul(x, weights), constant([1.5], [1], dtype)), constant([0.1, -3, 2], [3], dtype)),
      1,
    )
    const g = graph({ inputs: [x], outputs: { y } })
    const feeds = { x: { ...numbers(8, 4), shape: [2, 4] } }
    const { plain, native } = await both(g, feeds)
    plain.forEach((v, i) => void expect(Math.abs(v - native[i]!)).toBeLessThanOrEqual(4 * unit))
    // Each is a number of the dtype.
    expect([...toFloat64(tensor(plain, [6], dtype))]).toEqual(plain)
    const program = await compile(g, { executor: 'native' })
    const { y: out } = await program.run(feeds)
    await program.close()
    expect(out).toMatchObject({ dtype, shape: [2, 3] })
    expect(out!.data).toBeInstanceOf(Uint16Array)
  })

  it('rounds after each node, and overflows to infinity', async () => {
    const most = dtype === 'float16' ? 65_504 : 3.3895313892515355e38
    const g = pair(dtype, (a, b) => sub(add(a, b), b), 3)
    const feeds = { a: tensor([most, 1, unit], [3], dtype), b: tensor([most, 1 / unit, 4], [3], dtype) }
    const { y } = await compilePlain(g).run(feeds)
    expect([...y!.data]).toEqual([Infinity, 1, 0])
  })

  it('is decoded from bits and encoded to them, wherever numbers come from', async () => {
    const x = input('x', [3], dtype)
    const g = graph({ inputs: [x], outputs: { y: cast(x, 'float32') } })
    for (const feed of [tensor([1 / 3, -2, 1e-30], [3]), tensor([1 / 3, -2, 1e-30], [3], dtype)]) {
      const { plain, native } = await both(g, { x: feed })
      expect(plain).toEqual(native)
      expect(plain[0]).not.toBe(Math.fround(1 / 3))
    }
  })

  it('as a variable is refused by name where it cannot be kept', async () => {
    const v = variable('v', numbers(3, 1))
    const next = add(v, constant(1, [], dtype))
    const g = graph({ inputs: [], outputs: { y: next }, updates: [[v, next]] })
    const plain = compilePlain(g)
    await plain.run({})
    expect(plain.read(v).data).toBeInstanceOf(Uint16Array)
    const native = compile(g, { executor: 'native' })
    if (dtype === 'bfloat16') await expect(native).rejects.toThrow("the variable 'v' is bfloat16")
    else {
      const program = await native
      await program.run({})
      expect([...toFloat64(program.read(v))]).toEqual([...toFloat64(plain.read(v))])
      await program.close()
    }
  })
})

// Cast to float16, Mul by an initialiser [2, 3, 0.5] in raw_data, Cast to float32; made with the onnx package.
const castedMul =
  'CAg6eAoXCgF4EgFoIgRDYXN0KgkKAnRvGAqgAQIKDgoBaAoBdxIBbSIDTXVsChcKAW0SAXkiBENhc3QqCQoCdG8YAaABAhIBZyoPCAMQCkIBd0oGAEAAQgA4Wg8KAXgSCgoICAESBAoCCANiDwoBeRIKCggIARIECgIIA0IECgAQEg=='

it('a float16 model that somebody exported gives its numbers on both', async () => {
  const { graph: g } = readOnnx(Buffer.from(castedMul, 'base64'))
  const { plain, native } = await both(g, { x: tensor([1, 2, 3], [3]) })
  // Its weights are 2, 3 and 0.5.
  expect(plain).toEqual([2, 6, 1.5])
  expect(native).toEqual(plain)
})

it('sums of integers wrap too, where ONNX Runtime holds them at their bound', async () => {
  const x = input('x', [3], 'int32')
  const g = graph({ inputs: [x], outputs: { y: reduceSum(x) } })
  const { y } = await compilePlain(g).run({ x: tensor([2 ** 31 - 1, 1, 1], [3], 'int32') })
  expect(y!.data[0]).toBe(-(2 ** 31) + 1)
  const powers = graph({ inputs: [x], outputs: { y: pow(x, constant(2, [], 'int32')) } })
  const small = await both(powers, { x: tensor([3, -4, 100], [3], 'int32') })
  expect(small.plain).toEqual(small.native)
})
