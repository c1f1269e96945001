import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../random/seeded.ts'
import { compile } from '../compile.ts'
import type { Attributes, Operator, Value } from '../contract.ts'
import type { Tensors } from '../executor.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type DType, sizeOf, tensor } from '../tensor.ts'
import { apply, applyAll, constant, input } from '../value.ts'
import {
  convIntegerOperator,
  dynamicQuantizeLinearOperator,
  matMulIntegerOperator,
  qLinearConvOperator,
  qLinearMatMulOperator,
} from './quantisedLinear.ts'
import { reduceSum } from './reduce.ts'

/** Runs an operator of two tensors of random bytes on both executors, which agree to `tolerance`. */
async function compared(
  operator: Operator,
  shapes: readonly [readonly number[], readonly number[]],
  inputsOf: (a: Value, b: Value) => (Value | undefined)[],
  attributes: Attributes = {},
  tolerance = 0,
): Promise<void> {
  const draw = seededRandom(7)
  const values = [input('a', shapes[0], 'uint8'), input('b', shapes[1], 'uint8')] as const
  const y = apply(operator, inputsOf(...values), attributes)
  const g = graph({ inputs: values, outputs: { y } })
  const bytes = (shape: readonly number[]) =>
    tensor(
      Uint8Array.from({ length: sizeOf(shape) }, () => Math.floor(draw.uniform() * 256)),
      shape,
      'uint8',
    )
  const feeds = { a: bytes(shapes[0]), b: bytes(shapes[1]) }
  const expected = (compilePlain(g).run(feeds) as Tensors)['y']!
  const native = await compile(g, { executor: 'native' })
  const got = ((await native.run(feeds)) as Tensors)['y']!
  expect(got.shape).toEqual(expected.shape)
  Array.from(expected.data, Number).forEach((e, i) => {
    expect(Math.abs(Number(got.data[i]) - e), `element ${i}: ${e}`).toBeLessThanOrEqual(tolerance)
  })
  await native.close()
}

const byte = (value: number): Value => constant(value, [], 'uint8')
const bytes = (values: readonly number[], dtype: DType = 'uint8'): Value =>
  constant(values, [values.length], dtype)

describe('whole sums', () => {
  it('MatMulInteger agrees with ONNX Runtime, with zero points for columns and without any', async () => {
    await compared(
      matMulIntegerOperator,
      [
        [2, 3, 4],
        [4, 5],
      ],
      (a, b) => [a, b],
    )
    await compared(
      matMulIntegerOperator,
      [
        [3, 4],
        [4, 2],
      ],
      (a, b) => [a, b, byte(12), bytes([3, 200])],
    )
  })

  it('ConvInteger agrees with ONNX Runtime: padding is the zero point', async () => {
    await compared(
      convIntegerOperator,
      [
        [1, 2, 4, 5],
        [3, 2, 2, 3],
      ],
      (a, b) => [a, b, byte(12), byte(7)],
      { pads: [1, 0, 0, 2], strides: [1, 2] },
    )
  })
})

describe('quantised sums', () => {
  const scales = [constant(0.02), constant(0.05), constant(0.9)] as const

  it('QLinearMatMul agrees with ONNX Runtime', async () => {
    const inputsOf = (a: Value, b: Value) => [
      ...[a, scales[0], byte(120)],
      ...[b, scales[1], byte(130)],
      ...[scales[2], byte(128)],
    ]
    await compared(
      qLinearMatMulOperator,
      [
        [2, 3, 4],
        [4, 5],
      ],
      inputsOf,
    )
  })

  it('QLinearConv agrees with ONNX Runtime, with scales of filters and a bias', async () => {
    const inputsOf = (a: Value, b: Value) => [
      ...[a, scales[0], byte(120)],
      ...[b, constant([0.05, 0.01, 0.2]), bytes([130, 130, 130])],
      ...[scales[2], byte(128)],
      constant([500, -300, 20], [3], 'int32'),
    ]
    await compared(
      qLinearConvOperator,
      [
        [1, 2, 4, 5],
        [3, 2, 2, 3],
      ],
      inputsOf,
      { pads: [1, 1, 1, 1] },
    )
  })
})

describe('DynamicQuantizeLinear', () => {
  it.each([[[-1.5, 0.2, 3, 0.7]], [[1, 2, 3, 250]], [[-7, -3, -1, -0.1]]])(
    '%j: as ONNX Runtime',
    async (values) => {
      const x = input('x', [4])
      const [y, scale, zero] = applyAll(dynamicQuantizeLinearOperator, [x]) as [Value, Value, Value]
      const g = graph({ inputs: [x], outputs: { y, scale, zero } })
      const feeds = { x: tensor(values, [4]) }
      const expected = compilePlain(g).run(feeds) as Tensors
      const native = await compile(g, { executor: 'native' })
      const got = (await native.run(feeds)) as Tensors
      for (const name of ['y', 'scale', 'zero'])
        expect(Array.from(got[name]!.data, Number)).toEqual(Array.from(expected[name]!.data, Number))
      await native.close()
    },
  )

  it('is not trained through', () => {
    const x = input('x', [4])
    const [, scale] = applyAll(dynamicQuantizeLinearOperator, [x]) as [Value, Value]
    expect(() => gradients(reduceSum(scale), [x])).toThrow(/DynamicQuantizeLinear has no gradient rule/)
  })
})
