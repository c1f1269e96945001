import { expect, test } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { compile } from '../compile.ts'
import type { Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type DType, tensor, toFloat64 } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { constant, input } from '../value.ts'
import { mul } from './arithmetic.ts'
import { cast, dtypeOfOnnx, identity } from './cast.ts'
import { greater } from './compare.ts'
import { reduceSum } from './reduce.ts'

const scaled = (x: Value) => mul(x, constant(3, [], x.dtype))

test.each<DType>(['int64', 'int32', 'bool'])(
  'Cast to %s and back: plain agrees with native',
  async (dtype) => {
    await checkNative((x) => cast(cast(scaled(x), dtype), x.dtype), [['N', 3]], {
      dims: { N: 5 },
      gradient: false,
    })
  },
)

// The inputs are float32 numbers: here a cast rounds nothing, so others would differ.
test.each<DType>(['float32', 'float64'])('Cast to %s and back: plain agrees with native', async (dtype) => {
  await checkNative((x) => cast(cast(x, dtype), x.dtype), [['N', 3]], { dims: { N: 5 } })
})

test('a cast from bool', () =>
  checkNative((x) => cast(greater(x, constant(0, [], x.dtype)), x.dtype), [[4]], { gradient: false }))

test('gradients pass through casts between floats, and Identity', async () => {
  checkGradient((x) => mul(cast(x, 'float64'), identity(cast(x, 'float64'))), [['N', 2]], { dims: { N: 2 } })
  // A cast to float32 rounds, so that no differences can be taken there: its rule is that of the identity.
  const x = input('x', [3], 'float64')
  const loss = reduceSum(mul(cast(cast(x, 'float32'), 'float64'), identity(x)))
  const [dx] = gradients(loss, [x])
  const at = Float64Array.of(0.5, -3, 1 / 3)
  const { dx: found } = await compilePlain(graph({ inputs: [x], outputs: { dx: dx! } })).run({
    x: tensor(at, [3], 'float64'),
  })
  expect([...found!.data]).toEqual([...at].map((v) => 2 * Math.fround(v)))
})

test.each([
  [14, 'complex64'],
  [24, 'float8e8m0'],
  [28, 'float6e3m2'],
])('element type %i is refused as %s', (type, name) => {
  expect(() => dtypeOfOnnx(type, 'Cast')).toThrow(
    `Cast: ONNX element type ${type} (${name}) is not supported`,
  )
})

test('an element type that nobody knows is refused', () => {
  expect(() => dtypeOfOnnx(99, 'Cast')).toThrow('Cast: ONNX element type 99 is not supported')
})

/** What both executors make of float64 numbers that are cast. */
async function castBoth(values: readonly number[], dtype: DType) {
  const x = input('x', [values.length], 'float64')
  const g = graph({ inputs: [x], outputs: { y: cast(x, dtype) } })
  const feeds = { x: tensor(values, [values.length], 'float64') }
  const native = await compile(g, { executor: 'native' })
  const plain = (await compilePlain(g).run(feeds))['y']!
  const there = (await native.run(feeds))['y']!
  await native.close()
  return { plain: [...toFloat64(plain)], native: [...toFloat64(there)] }
}

const between = [
  0, -0, 0.5, -0.5, 1.7, -1.7, 127.9, 128.5, -129.2, 255.7, 256.3, 300, -1, -300, 70_000, -70_000,
]
const beyond = [2 ** 31, -(2 ** 31) - 1, 2 ** 32 + 0.5, 1e30, -1e30, Infinity, -Infinity, NaN]

// What ONNX leaves open is as its runtime has it on x86; on other machines that is something else.
test.each<DType>(['int8', 'uint8', 'int16', 'uint16', 'int32'])(
  'floats become %s as ONNX Runtime has it',
  async (dtype) => {
    const undefinedToo = process.arch === 'x64' ? beyond : []
    const { plain, native } = await castBoth([...between, ...undefinedToo], dtype)
    expect(plain.map((v) => v + 0)).toEqual(native.map((v) => v + 0))
  },
)

test.each<DType>(['uint32', 'int64', 'uint64'])('a float that no %s is is refused', async (dtype) => {
  const whole = between.filter((v) => v > -1)
  const { plain, native } = await castBoth(whole, dtype)
  expect(plain).toEqual(native)
  const x = input('x', [1], 'float64')
  const program = compilePlain(graph({ inputs: [x], outputs: { y: cast(x, dtype) } }))
  for (const v of [2 ** 64, 1e30, Infinity, NaN]) {
    expect(() => program.run({ x: tensor([v], [1], 'float64') })).toThrow(FrostglassError)
  }
})

test.each<DType>(['float32', 'float16', 'bfloat16'])(
  'a cast to %s rounds as ONNX Runtime does',
  async (dtype) => {
    // ONNX Runtime goes from float64 to the halves by way of float32, so ties of that would differ.
    const values = [
      ...between,
      1 / 3,
      65_519,
      65_520,
      2049,
      2051,
      2 ** -24,
      2 ** -25,
      3 * 2 ** -26,
      1e-7,
      1e-40,
      3.4e38,
    ]
    const numbers = [...values, 1e30, Infinity, -Infinity].map(Math.fround)
    const { plain, native } = await castBoth(dtype === 'float32' ? [...numbers, 1 / 3, 0.1] : numbers, dtype)
    expect(plain).toEqual(native)
  },
)

test('everything but 0 is true, NaN too', async () => {
  const { plain, native } = await castBoth([0, -0, 0.5, -3, NaN, Infinity], 'bool')
  expect(plain).toEqual([0, 0, 1, 1, 1, 1])
  expect(native).toEqual(plain)
})
