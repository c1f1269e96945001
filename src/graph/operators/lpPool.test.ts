import { describe, expect, test } from 'vitest'
import type { Attributes, Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import type { Shape } from '../shape.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { apply, input } from '../value.ts'
import { globalLpPoolOperator, lpPoolOperator } from './lpPool.ts'
import { reduceSum } from './reduce.ts'

const windows: readonly (readonly [Attributes, Shape])[] = [
  [{ kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 0, 1] }, [2, 2, 6, 5]],
  [{ kernel_shape: [2, 2], strides: [2, 2] }, [1, 2, 5, 4]],
  [{ kernel_shape: [2, 2], strides: [1, 2], dilations: [2, 1] }, [1, 1, 5, 4]],
  [{ kernel_shape: [2, 2], strides: [2, 3], ceil_mode: 1 }, [1, 2, 6, 6]],
  [{ kernel_shape: [3], strides: [2], auto_pad: 'SAME_LOWER' }, [2, 1, 6]],
]
const exponents = [1, 2, 3]
const cases = windows.flatMap(([attributes, shape]) =>
  exponents.map((p) => [{ ...attributes, p }, shape] as const),
)

describe('LpPool', () => {
  test.each(cases)('%j over %j has the gradient that differences give', (attributes, shape) => {
    checkGradient((x) => apply(lpPoolOperator, [x], attributes), [shape])
  })

  test.each(cases)('%j over %j agrees with ONNX Runtime', async (attributes, shape) => {
    await checkNative((x) => apply(lpPoolOperator, [x], attributes), [shape], { dtypes: ['float32'] })
  })
})

describe('GlobalLpPool', () => {
  test.each(exponents)('of exponent %i', async (p) => {
    const pool = (x: Value) => apply(globalLpPoolOperator, [x], { p })
    for (const shape of [
      [2, 3, 4],
      [1, 2, 2, 3],
    ]) {
      checkGradient(pool, [shape])
      await checkNative(pool, [shape], { dtypes: ['float32'] })
    }
  })
})

test('the gradient is 0 where a norm is', () => {
  for (const p of exponents) {
    const x = input('x', [1, 1, 2, 2])
    const y = apply(lpPoolOperator, [x], { kernel_shape: [1, 2], strides: [1, 2], p })
    const [g] = gradients(reduceSum(y), [x]) as [Value]
    const run = compilePlain(graph({ inputs: [x], outputs: { g } })).run
    const { g: found } = run({ x: tensor([0, 0, 3, 0], [1, 1, 2, 2]) }) as { g: Tensor }
    expect([...found.data]).toEqual([0, 0, 1, 0])
  }
})

test('what is no norm is refused', () => {
  const x = input('x', [1, 1, 4])
  expect(() => apply(lpPoolOperator, [x], { kernel_shape: [2], p: 0 })).toThrow('LpPool: p is 0')
  expect(() => apply(globalLpPoolOperator, [x], { p: -1 })).toThrow('GlobalLpPool: p is -1')
})
