import { describe, expect, test } from 'vitest'
import { compile } from '../compile.ts'
import type { Value } from '../contract.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type DType, type Tensor, tensor } from '../tensor.ts'
import { type CheckOptions, checkGradient, checkNative } from '../testing.ts'
import { apply, input } from '../value.ts'
import { bitOperators, modOperator } from './bits.ts'
import { roundEven, roundingOperators } from './rounding.ts'
import { trigonometryOperators } from './trigonometry.ts'

const domains: Readonly<Record<string, CheckOptions>> = {
  Tan: { domain: [-1.2, 1.2] },
  Asin: { domain: [-0.8, 0.8] },
  Acos: { domain: [-0.8, 0.8] },
  Acosh: { domain: [1.3, 4] },
  Atanh: { domain: [-0.8, 0.8] },
}

// ONNX Runtime has double kernels of these two.
const double = ['Sin', 'Cos']

describe.each(trigonometryOperators.map((o) => [o.name, o] as const))('%s', (name, operator) => {
  const build = (x: Value) => apply(operator, [x])
  test('has the gradient that differences give', () => {
    checkGradient(build, [['N', 4]], { ...domains[name], dims: { N: 5 } })
  })

  test('agrees with ONNX Runtime', async () => {
    const withoutDouble = double.includes(name) ? [] : [name]
    await checkNative(build, [['N', 4]], { ...domains[name], dims: { N: 5 }, withoutDouble })
  })
})

describe.each(roundingOperators.map((o) => [o.name, o] as const))('%s', (_, operator) => {
  test('agrees with ONNX Runtime', async () => {
    await checkNative((x) => apply(operator, [x]), [[40]], { gradient: false, domain: [-6, 6] })
  })
})

test('Round takes halves to the even neighbour', () => {
  expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, 2.6].map(roundEven)).toEqual([-2, -2, 0, 0, 2, 2, 2, 3])
})

/** An operator of two integers, computed. */
function computed(name: string, dtype: DType, a: number[], b: number[], attributes = {}): number[] {
  const operator = bitOperators.find((o) => o.name === name)!
  const inputs = [input('a', [a.length], dtype), input('b', [b.length], dtype)]
  const used = name === 'BitwiseNot' ? inputs.slice(0, 1) : inputs
  const g = graph({ inputs, outputs: { y: apply(operator, used, attributes) } })
  const feeds = { a: tensor(a, [a.length], dtype), b: tensor(b, [b.length], dtype) }
  return Array.from((compilePlain(g).run(feeds) as { y: Tensor }).y.data as Float64Array)
}

test.each([
  ['BitwiseAnd', 'int32', [-1, 12], [7, -6], [7, 8]],
  ['BitwiseOr', 'uint32', [2 ** 31, 1], [1, 2 ** 32 - 1], [2 ** 31 + 1, 2 ** 32 - 1]],
  ['BitwiseXor', 'int64', [-1, 2 ** 40], [2 ** 33, -(2 ** 40)], [-1 - 2 ** 33, -(2 ** 41)]],
  ['BitwiseNot', 'uint8', [0, 200], [0, 0], [255, 55]],
  ['BitwiseNot', 'int16', [0, -5], [0, 0], [-1, 4]],
] as const)('%s of %s', (name, dtype, a, b, expected) => {
  expect(computed(name, dtype, [...a], [...b])).toEqual(expected)
})

test('BitShift wraps, keeps signs, and leaves nothing of too long a shift', () => {
  const [left, right] = [{ direction: 'LEFT' }, { direction: 'RIGHT' }]
  expect(computed('BitShift', 'uint8', [200, 255], [1, 8], left)).toEqual([144, 0])
  expect(computed('BitShift', 'int8', [64, -1, 5], [1, 1, -1], left)).toEqual([-128, -2, 0])
  expect(computed('BitShift', 'int8', [-3, 100, -9, 9], [1, 3, 9, 9], right)).toEqual([-2, 12, -1, 0])
  expect(() => computed('BitShift', 'uint8', [1], [1], { direction: 'UP' })).toThrow(/neither LEFT nor RIGHT/)
})

test('Mod has the sign of the divisor, fmod that of the dividend', async () => {
  expect(computed('Mod', 'int32', [-7, 7, -6], [3, -3, 3])).toEqual([2, -2, 0])
  expect(computed('Mod', 'int32', [-7, 7, -6], [3, -3, 3], { fmod: 1 })).toEqual([-1, 1, 0])
  const build = (a: Value, b: Value) => apply(modOperator, [a, b], { fmod: 1 })
  const options = { domain: [0.7, 5] as const, seed: 4 }
  checkGradient(build, [[2, 3], [3]], options)
  await checkNative(build, [[2, 3], [3]], options)
})

test.each([
  ['BitShift', 'int8', [64, -1, 5, -128], [1, 1, -1, 7], { direction: 'LEFT' }],
  ['BitShift', 'int64', [-3, 100, -9, 9], [1, 3, 63, 64], { direction: 'RIGHT' }],
  ['BitShift', 'uint16', [40000, 1], [1, 15], { direction: 'LEFT' }],
  ['Mod', 'float32', [-7.5, 7.5, 6, -6], [2, -2, 4, 4], {}],
] as const)('%s of %s runs natively in other operators', async (name, dtype, a, b, attributes) => {
  const operator = bitOperators.find((o) => o.name === name)!
  const inputs = [input('a', [a.length], dtype), input('b', [b.length], dtype)]
  const g = graph({ inputs, outputs: { y: apply(operator, inputs, attributes) } })
  const native = await compile(g, { executor: 'native' })
  const feeds = { a: tensor([...a], [a.length], dtype), b: tensor([...b], [b.length], dtype) }
  const { y } = (await native.run(feeds)) as { y: Tensor }
  expect(Array.from(y.data, Number)).toEqual(computed(name, dtype, [...a], [...b], attributes))
  await native.close()
})
