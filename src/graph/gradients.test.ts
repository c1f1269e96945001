import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Operator, Value } from './contract.ts'
import { gradients } from './gradients.ts'
import { reach } from './graph.ts'
import { add, mul, sub } from './operators/arithmetic.ts'
import { cast } from './operators/cast.ts'
import { greater } from './operators/compare.ts'
import { elu, exp, neg, relu, sigmoid, softplus, softsign, tanh } from './operators/elementwise.ts'
import { operators } from './operators/index.ts'
import { gemm, matmul } from './operators/matmul.ts'
import { reduceMean, reduceSum } from './operators/reduce.ts'
import { logSoftmax, softmax } from './operators/softmax.ts'
import { checkGradient, checkNative } from './testing.ts'
import { apply, constant, input } from './value.ts'

/** A 3-4-2 network's mean cross-entropy to soft labels, by everything. */
const network = (x: Value, w: Value, b: Value, v: Value, y: Value): Value => {
  const hidden = tanh(add(matmul(x, w), b))
  return neg(reduceMean(reduceSum(mul(softmax(y), logSoftmax(gemm(hidden, v))), [1])))
}
const shapes = [['N', 3], [3, 4], [4], [4, 2], ['N', 2]] as const

describe('gradients', () => {
  test('of a network agree with differences, and natively', async () => {
    checkGradient(network, shapes, { dims: { N: 5 } })
    await checkNative(network, shapes, { dims: { N: 5 } })
  })

  test('add up over the ways to the loss', () => {
    checkGradient((x) => add(mul(x, x), mul(exp(x), sub(x, tanh(x)))), [['N', 3]], { dims: { N: 2 } })
  })

  test('can be differentiated again', async () => {
    const again = (...values: Value[]) =>
      gradients(network(...(values as Parameters<typeof network>)), values)
    checkGradient(again, shapes, { dims: { N: 3 } })
    await checkNative(again, shapes, { dims: { N: 3 } })
  })

  test.each([
    ['tanh', tanh],
    ['sigmoid', sigmoid],
    ['softplus', softplus],
    ['softsign', softsign],
    ['elu', elu],
    ['softmax', softmax],
  ])('the second derivative of %s agrees with differences', (_, f) => {
    checkGradient((x) => gradients(reduceSum(mul(f(x), f(x))), [x]), [[2, 3]])
  })

  test('have the shapes of what they are by, free dimensions too', () => {
    const values = shapes.map((shape, i) => input(`x${i}`, shape))
    const found = gradients(network(...(values as Parameters<typeof network>)), values)
    expect(found.map((g) => g.shape)).toEqual(shapes)
  })

  test('do not flow where they are not asked for', () => {
    const [x, w] = [input('x', [2, 3]), input('w', [3, 4])]
    const [byW] = gradients(reduceSum(matmul(x, w)), [w])
    const products = reach([byW!]).nodes.filter((n) => /MatMul|Gemm/.test(n.operator.name))
    expect(products).toHaveLength(1)
  })

  test('every operator says whether it has a gradient', () => {
    const without = [...operators.values()].filter((o) => o.gradient === undefined).map((o) => o.name)
    // Training through these is refused by name.
    const refused = ['Compress', 'ConvInteger', 'Det', 'DynamicQuantizeLinear', 'MatMulInteger']
    expect(without.toSorted()).toEqual([
      ...refused,
      'QLinearConv',
      'QLinearMatMul',
      'QuantizeLinear',
      'Unique',
    ])
  })
})

test('the page of operators says which have a gradient, and none is otherwise than PyTorch’s', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const rows = [
    ...read('docs/reference/onnx.md').matchAll(/^\| (\w+) \|.*\| (rule|constant|refused)[^|]*\|$/gm),
  ]
  const said = new Map(rows.map(([, name, word]) => [name!, word]))
  expect(said.size).toBeGreaterThan(150)
  for (const [name, word] of said) {
    const { gradient } = operators.get(name)!
    const refuses = gradient === undefined || (typeof gradient === 'function' && gradient.length === 0)
    expect([name, word]).toEqual([name, gradient === 'none' ? 'constant' : refuses ? 'refused' : 'rule'])
  }
  const held = JSON.parse(read('test/gradients/held.json')) as Record<string, Record<string, number>>
  const wrong = Object.entries(held).filter(([, counts]) =>
    Object.keys(counts).some((k) => /wrong|untyped/.test(k)),
  )
  expect(wrong).toEqual([])
})

describe('what cannot be differentiated', () => {
  const x = input('x', ['N', 3])
  const ruleless: Operator = { name: 'Erf', infer: ([v]) => [v as never] }

  test('a loss of more than one number', () => {
    expect(() => gradients(x, [x])).toThrow('a loss must be one number, not float32 [N, 3]')
    expect(() => gradients(cast(reduceSum(x), 'int64'), [x])).toThrow(
      'a loss must be one number, not int64 []',
    )
  })

  test('a loss that does not depend on what is trained', () => {
    const w = input('w', [3])
    expect(() => gradients(reduceSum(x), [w])).toThrow("the loss does not depend on 'w'")
    const masked = reduceSum(cast(greater(x, constant(0)), 'float32'))
    expect(() => gradients(masked, [x])).toThrow("the loss does not depend on 'x'")
  })

  test('an operator without a rule on the way, but not one beside it', () => {
    const w = input('w', [3])
    const loss = reduceSum(mul(apply(ruleless, [x]), w))
    expect(() => gradients(loss, [x])).toThrow(
      'operator Erf has no gradient rule, and what is trained lies behind it',
    )
    expect(gradients(loss, [w])).toHaveLength(1)
  })

  test('a ReLU is flat at 0', () => {
    checkGradient((v) => relu(add(v, constant([-5, 0, 5], [3], 'float64'))), [[2, 3]])
  })
})
