import { describe, expect, test } from 'vitest'
import { compile } from './compile.ts'
import type { Value } from './contract.ts'
import { gradients } from './gradients.ts'
import { graph } from './graph.ts'
import {
  decodeCode,
  encodeCoded,
  formatOf,
  isNarrowFloat,
  type NarrowFloat,
  type NarrowInteger,
  packed,
  rangeOfNarrow,
  roundNarrow,
  unpacked,
} from './narrow.ts'
import { readOnnx } from './onnx/read.ts'
import { writeOnnx } from './onnx/write.ts'
import { add, mul } from './operators/arithmetic.ts'
import { cast, castLikeOperator, castOperator, onnxTypes } from './operators/cast.ts'
import { loopOperator, subgraph } from './operators/loop.ts'
import { transpose } from './operators/matmul.ts'
import { dequantizeLinearOperator, quantizeLinearOperator } from './operators/quantise.ts'
import { reduceSum } from './operators/reduce.ts'
import { reshape } from './operators/view.ts'
import { type DType, type Tensor, tensor, toFloat64 } from './tensor.ts'
import { apply, applyAll, constant, constantOf, input } from './value.ts'

const floats: readonly NarrowFloat[] = [
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'float4e2m1',
]
const integers: readonly NarrowInteger[] = ['uint4', 'int4', 'uint2', 'int2']

const codesOf = (dtype: NarrowFloat): number[] =>
  Array.from({ length: dtype === 'float4e2m1' ? 16 : 256 }, (_, code) => code)
const bytes = (hex: string): number[] => hex.match(/../g)!.map((h) => Number.parseInt(h, 16))

// What PyPI's ml_dtypes 0.6 makes of these: saturated (onnx.numpy_helper.saturate_cast), and cast.
const given = Float32Array.of(
  ...[
    0.4789, 0.8191, 1e6, 1e-7, -1e-7, -0, 464, 464.1, -465, 248, 247.9, 61440, 61439, -61440, 0.00146484375,
  ],
  ...[0.0009765625, 7.62939453125e-6, 2.6, 3.5, -5, 0.25, 0.75, Infinity, -Infinity],
)
const expected: Readonly<Record<NarrowFloat, readonly [saturated: string, not: string]>> = {
  float8e4m3fn: [
    '2f357e0080807e7efe78777e7efe0100004246ca28347efe',
    '2f357f0080807e7fff78777f7fff0100004246ca28347fff',
  ],
  float8e4m3fnuz: [
    '373d7f0000007f7fff7f7f7f7fff0201004a4ed2303c7fff',
    '373d80000000808080807f8080800201004a4ed2303c8080',
  ],
  float8e5m2: [
    '383b7b0080805f5fdf5c5c7b7bfb1614004143c5343a7bfb',
    '383b7c0080805f5fdf5c5c7c7bfc1614004143c5343a7cfc',
  ],
  float8e5m2fnuz: [
    '3c3f7f0000006363e360607f7fff1a18014547c9383e7fff',
    '3c3f800000006363e36060807f801a18014547c9383e8080',
  ],
  float4e2m1: [
    '01020700080807070f070707070f00000005060e0002070f',
    '01020700080807070f070707070f00000005060e0002070f',
  ],
}

describe('floats of 8 and 4 bits', () => {
  test.each(floats)('%s has the codes that ml_dtypes gives', (dtype) => {
    const saturated = Array.from(given, (v) => roundNarrow(v, dtype, true))
    expect([...encodeCoded(saturated, dtype)]).toEqual(bytes(expected[dtype][0]))
    expect([...encodeCoded(given, dtype)]).toEqual(bytes(expected[dtype][1]))
  })

  test('are the numbers of the tables', () => {
    const ends = floats.map((d) => [formatOf(d).largest, decodeCode(1, d)])
    expect(ends).toEqual([
      [448, 2 ** -9],
      [240, 2 ** -10],
      [57344, 2 ** -16],
      [57344, 2 ** -17],
      [6, 0.5],
    ])
    const four = codesOf('float4e2m1').map((code) => decodeCode(code, 'float4e2m1'))
    expect(four).toEqual([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6])
    expect([0x7c, 0xfc, 0x7d].map((c) => decodeCode(c, 'float8e5m2'))).toEqual([Infinity, -Infinity, NaN])
    expect([0x7f, 0xff].map((c) => decodeCode(c, 'float8e4m3fn'))).toEqual([NaN, NaN])
    expect(decodeCode(0x80, 'float8e4m3fnuz')).toBeNaN()
  })

  test.each(floats)('%s goes from every number to its code', (dtype) => {
    for (const code of codesOf(dtype)) {
      const v = decodeCode(code, dtype)
      if (Number.isNaN(v)) continue
      expect(encodeCoded([v], dtype)[0]).toBe(code)
    }
  })
})

test('integers of 4 and 2 bits are packed from the lowest bits on', () => {
  expect([...packed([1, -2, 7], 'int4')]).toEqual([0xe1, 0x07])
  expect([...packed([1, 2, 3, 0, 2], 'uint2')]).toEqual([0b00111001, 2])
  for (const dtype of integers) {
    const [low, high] = rangeOfNarrow(dtype)
    const all = Array.from({ length: high - low + 1 }, (_, i) => low + i)
    for (const count of [all.length, all.length - 1])
      expect([...unpacked(packed(all.slice(0, count), dtype), count, dtype)]).toEqual(all.slice(0, count))
  }
})

/** The output of a graph of one input on both executors, which agree. */
async function both(build: (x: Value) => Value, x: Tensor): Promise<number[]> {
  const v = input('x', x.shape, x.dtype)
  const g = graph({ inputs: [v], outputs: { y: build(v) } })
  const found: number[][] = []
  for (const executor of ['plain', 'native'] as const) {
    const program = await compile(g, { executor })
    const { y } = (await program.run({ x })) as { y: Tensor }
    // The plain executor does not round what is computed in float32.
    found.push(Array.from(toFloat64(y), Math.fround))
    await program.close()
  }
  expect(found[1]).toEqual(found[0])
  return found[0]!
}

/** All numbers of a format, those halfway between neighbours, and what is next to these in float32. */
function awkward(dtype: NarrowFloat): Float32Array {
  const numbers = codesOf(dtype)
    .map((code) => decodeCode(code, dtype))
    .filter(Number.isFinite)
    .toSorted((a, b) => a - b)
  const most = numbers.at(-1)!
  const between = numbers.slice(1).map((v, i) => (v + numbers[i]!) / 2)
  const beyond = most + (most - numbers.at(-2)!) / 2
  const points = [...numbers, ...between, beyond, -beyond]
  const near = points.flatMap((v) => [v, v * (1 + 2 ** -22), v * (1 - 2 ** -22), v + 2 ** -140])
  return Float32Array.of(...near, ...given, 0, -0, NaN, 3e38, -3e38, 1e-45)
}

describe('casts to floats of 8 and 4 bits', () => {
  const cases = floats.flatMap((d) =>
    [true, false].flatMap((s) => (['float32', 'float64'] as const).map((from) => [d, s, from] as const)),
  )
  test.each(cases)('%s, saturating %s, of %s: both executors, to the bit', async (dtype, saturate, from) => {
    const numbers = awkward(dtype)
    const x = tensor(from === 'float64' ? Float64Array.from(numbers) : numbers, [numbers.length], from)
    const attributes = { to: onnxTypes[dtype], ...(saturate ? {} : { saturate: 0 }) }
    const y = await both((v) => apply(castOperator, [v], attributes), x)
    expect(y).toEqual(Array.from(numbers, (v) => roundNarrow(v, dtype, saturate)))
  })

  test.each([
    [1, 57344],
    [0, Infinity],
  ])('of a format to itself, saturating %d: its infinities become %d', async (saturate, most) => {
    const x = tensor([Infinity, -Infinity, 1.25, NaN], [4], 'float8e5m2')
    const own = await both((v) => apply(castOperator, [v], { to: onnxTypes.float8e5m2, saturate }), x)
    expect(own).toEqual([most, -most, 1.25, NaN])
    const like = constantOf(tensor([1], [1], 'float8e5m2'))
    expect(await both((v) => apply(castLikeOperator, [v, like], { saturate }), x)).toEqual(own)
  })

  test('a float64 is rounded once, not by way of float32', async () => {
    // Just above halfway between 1 and 1.125: in float32 it is halfway, and the even neighbour is 1.
    const x = tensor(Float64Array.of(1.0625 + 2 ** -40), [1], 'float64')
    expect(await both((v) => cast(v, 'float8e4m3fn'), x)).toEqual([1.125])
  })

  test('of whole numbers, halves, bool and each other', async () => {
    const whole = tensor(BigInt64Array.of(17n, -19n, 2n ** 62n, 0n), [4], 'int64')
    expect(await both((v) => cast(v, 'float8e4m3fn'), whole)).toEqual([16, -20, 448, 0])
    const half = tensor([0.3, -1000], [2], 'float16')
    expect(await both((v) => cast(cast(v, 'float8e5m2'), 'float16'), half)).toEqual([0.3125, -1024])
    const five = tensor([57344, 1.25, NaN], [3], 'float8e5m2')
    expect(await both((v) => cast(v, 'float8e4m3fn'), five)).toEqual([448, 1.25, NaN])
    const truth = tensor([1, 0], [2], 'bool')
    expect(await both((v) => cast(v, 'float4e2m1'), truth)).toEqual([1, 0])
    expect(await both((v) => cast(cast(v, 'float4e2m1'), 'bool'), tensor([0.1, 3], [2]))).toEqual([0, 1])
  })
})

describe('casts to integers of 4 and 2 bits', () => {
  test.each(integers)('%s wraps whole numbers', async (dtype) => {
    const [low, high] = rangeOfNarrow(dtype)
    const numbers = [-300, -9, -8, -1, 0, 1, 7, 8, 15, 16, 255]
    const wrapped = numbers.map((v) => v - Math.floor((v - low) / (high - low + 1)) * (high - low + 1))
    expect(await both((v) => cast(v, dtype), tensor(numbers, [11], 'int32'))).toEqual(wrapped)
    expect(await both((v) => cast(cast(v, dtype), 'int64'), tensor(numbers, [11], 'float32'))).toEqual(
      wrapped,
    )
  })

  test('what a byte holds beyond four bits is none of it', async () => {
    const x: Tensor = { dtype: 'int4', shape: [2], data: Int8Array.of(9, -3) }
    expect(await both((v) => reshape(v, [2, 1]), x)).toEqual([-7, -3])
  })
})

test('CastLike casts, and a narrow float moves', async () => {
  const like = constantOf(tensor([1], [1], 'float8e5m2'))
  const x = tensor([1.1, 2.2, -3.3, 70000], [2, 2])
  const moved = (v: Value) => transpose(reshape(apply(castLikeOperator, [v, like]), [2, 2]), [1, 0])
  expect(await both(moved, x)).toEqual([1, -3.5, 2, 57344])
  expect(await both((v) => apply(castLikeOperator, [v, constantOf(tensor([0], [], 'int64'))]), x)).toEqual([
    1, 2, -3, 70000,
  ])
})

describe('quantisation', () => {
  const targets: readonly DType[] = ['int8', 'uint8', 'int16', 'uint16', ...integers, ...floats]
  const x = tensor(
    Array.from({ length: 66 }, (_, i) => ((i * 37) % 66) * 0.25 - 8),
    [2, 33],
  )
  const scales = (shape: readonly number[], n: number) =>
    constantOf(tensor([0.5, 0.3, 1, 0.25].slice(0, n), shape))
  const zeros = (dtype: DType, shape: readonly number[], n: number) =>
    constantOf(
      tensor(isNarrowFloat(dtype) ? [0, 0, 0, 0].slice(0, n) : [1, 0, 1, 1].slice(0, n), shape, dtype),
    )
  const grains = [
    ['one scale', [], 1, {}],
    ['a scale a row', [2], 2, { axis: 0 }],
    ['blocks of 17', [2, 2], 4, { axis: 1, block_size: 17 }],
  ] as const

  test.each(targets)('to %s and back, on both executors', async (dtype) => {
    for (const [, shape, n, attributes] of grains) {
      const quantised = (v: Value) =>
        apply(quantizeLinearOperator, [v, scales(shape, n), zeros(dtype, shape, n)], attributes)
      await both(quantised, x)
      const back = (v: Value) =>
        apply(dequantizeLinearOperator, [quantised(v), scales(shape, n), zeros(dtype, shape, n)], attributes)
      await both(back, x)
    }
  })

  test('rounds the quotient to even, moves it, and keeps to the range', async () => {
    const numbers = tensor([0.25, 0.75, -0.25, 100, -100, NaN], [6])
    const scale = constantOf(tensor([0.5], []))
    const to = (dtype: DType) => (v: Value) =>
      apply(quantizeLinearOperator, [v, scale, constantOf(tensor([1], [], dtype))])
    expect(await both(to('int4'), numbers)).toEqual([1, 3, 1, 7, -8, -8])
    expect(await both(to('uint2'), numbers)).toEqual([1, 3, 1, 3, 0, 0])
    expect(await both(to('uint8'), numbers)).toEqual([1, 3, 1, 201, 0, 0])
    // 0.45 / 0.3 in float32 is 1.5 or less by where it is rounded.
    const thirds = constantOf(tensor([0.3], []))
    const quotient = Math.fround(Math.fround(0.45) / Math.fround(0.3))
    const rounded = quotient > 1.5 || quotient === 1.5 ? 2 : 1
    expect(await both((v) => apply(quantizeLinearOperator, [v, thirds]), tensor([0.45], [1]))).toEqual([
      rounded,
    ])
  })

  test('divides in the dtype of the scale, or as it is told', async () => {
    // 1001 / 400 = 2.5025 is 2.5 in bfloat16, whose even neighbour is 2.
    const v = input('x', [1])
    const scale = constantOf(tensor([400], [], 'bfloat16'))
    expect(await both((n) => apply(quantizeLinearOperator, [n, scale]), tensor([1001], [1]))).toEqual([2])
    const precise = { precision: onnxTypes.float32 }
    expect(
      await both((n) => apply(quantizeLinearOperator, [n, scale], precise), tensor([1001], [1])),
    ).toEqual([3])
    const whole = constantOf(tensor([4], [], 'int32'))
    expect(() => apply(quantizeLinearOperator, [v, whole])).toThrow('QuantizeLinear: divides in int32')
    expect(() => apply(quantizeLinearOperator, [v, scale], { output_dtype: onnxTypes.float64 })).toThrow(
      'QuantizeLinear: nothing is quantised to float64',
    )
  })
})

describe('what is refused', () => {
  const x = input('x', [2], 'float8e4m3fn')

  test('arithmetic in them', () => {
    expect(() => add(x, x)).toThrow('Add: nothing is computed in float8e4m3fn')
    expect(() => reduceSum(input('n', [2], 'int4'))).toThrow('nothing is computed in int4')
  })

  test('a gradient through them', () => {
    const w = input('w', [2])
    const through = reduceSum(mul(cast(cast(w, 'float8e5m2'), 'float32'), w))
    expect(() => gradients(through, [w])).toThrow('behind a cast from float8e5m2')
  })
})

test('constants of them are written packed, and read again', async () => {
  for (const dtype of [...floats, ...integers]) {
    const t = tensor([1, -2, 1.5, 0, 3], [5], dtype)
    const y = cast(constantOf(t, 'c'), 'float32')
    const bytesOf = writeOnnx(graph({ inputs: [], outputs: { y } }))
    const { graph: again } = readOnnx(bytesOf)
    const program = await compile(again, { executor: 'plain' })
    expect([...((await program.run({})) as { y: Tensor }).y.data]).toEqual([...toFloat64(t)])
  }
})

test('a body that has some is refused natively, by its name', async () => {
  const x = input('x', [2])
  const round = input('round', [], 'int64')
  // An altered file: the condition that comes to the body is no bool, and nothing reads it.
  const on = input('on', [], 'int2')
  const v = input('v', [2])
  const body = subgraph([round, on, v], { on: constantOf(tensor([1], [], 'bool')), v: mul(v, constant(2)) })
  const [last] = applyAll(loopOperator, [constant(3, [], 'int64'), undefined, x], { body })
  const g = graph({ inputs: [x], outputs: { y: last! } })
  await expect(compile(g, { executor: 'native' })).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('Loop has float8, float4 or integers of 4 or 2 bits in its body'),
  })
})
