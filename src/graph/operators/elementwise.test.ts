import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile } from '../compile.ts'
import type { Value } from '../contract.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { anySeed, anyShape, type CheckOptions, checkGradient, checkNative } from '../testing.ts'
import { apply, constant, input } from '../value.ts'
import { cast } from './cast.ts'
import {
  abs,
  clip,
  clipOperator,
  elu,
  exp,
  leakyRelu,
  log,
  neg,
  reciprocal,
  relu,
  sigmoid,
  sign,
  softplus,
  softsign,
  sqrt,
  tanh,
} from './elementwise.ts'

const positive: CheckOptions = { domain: [0.3, 3] }
const cases: [string, (x: Value) => Value, CheckOptions][] = [
  ['Neg', neg, {}],
  ['Abs', abs, {}],
  ['Sqrt', sqrt, positive],
  ['Exp', exp, {}],
  ['Log', log, positive],
  ['Reciprocal', reciprocal, {}],
  ['Relu', relu, {}],
  ['LeakyRelu', (x) => leakyRelu(x, 0.3), {}],
  ['Elu', (x) => elu(x, 0.7), {}],
  ['Softplus', softplus, {}],
  ['Softsign', softsign, {}],
  ['Sigmoid', sigmoid, {}],
  ['Tanh', tanh, {}],
  ['Clip', (x) => clip(x, -1, 0.9), { avoid: [-1, 0.9] }],
]

/** A shape whose first axis may be free. */
const shapes = fc
  .tuple(anyShape(3), fc.boolean())
  .map(([shape, free]) => shape.map((d, i) => (free && i === 0 ? 'N' : d)))

describe.each(cases)('%s', (_, build, options) => {
  test('gradient agrees with differences', () => {
    fc.assert(
      fc.property(shapes, anySeed, (shape, seed) => {
        checkGradient(build, [shape], { ...options, seed, dims: { N: 3 } })
      }),
      { seed: 1, numRuns: 20 },
    )
  })

  test('plain agrees with native', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, anySeed, async (shape, seed) => {
        await checkNative(build, [shape], { ...options, seed, dims: { N: 3 } })
      }),
      { seed: 2, numRuns: 8 },
    )
  })
})

test('Sign: plain agrees with native', () =>
  checkNative(sign, [['N', 3]], { gradient: false, dims: { N: 4 } }))

// ONNX Runtime flushes what is smaller than float32's smallest normal number.
const denormal = 2 ** -126

test.each(cases)('%s at extremes: plain agrees with native', async (name, build) => {
  // Beyond what exp can hold, at 0 of both signs, and at infinities.
  const values = [-Infinity, -1000, -90, -0, 0, 1e-8, 90, 1000, Infinity]
  const x = input('x', [values.length])
  const g = graph({ inputs: [x], outputs: { y: build(x) } })
  const feed = { x: tensor(values, [values.length]) }
  const expected = (compilePlain(g).run(feed) as { y: Tensor }).y.data
  const native = await compile(g, { executor: 'native' })
  const got = ((await native.run(feed)) as { y: Tensor }).y.data
  values.forEach((at, i) => {
    const e = Math.fround(Number(expected[i]))
    const y = Number(got[i])
    const close = Object.is(e, y) || e === y || Math.abs(e - y) <= Math.max(1e-5 * Math.abs(e), denormal)
    expect(close, `${name}(${at}) is ${e} here and ${y} natively`).toBe(true)
  })
  await native.close()
})

test('Clip on one side only', async () => {
  const one = constant(1, [], 'float64')
  const sides = (x: Value) => [
    apply(clipOperator, [x, cast(one, x.dtype)]),
    apply(clipOperator, [x, undefined, cast(one, x.dtype)]),
    apply(clipOperator, [x]),
  ]
  checkGradient(sides, [['N', 4]], { avoid: [1], dims: { N: 3 } })
  await checkNative(sides, [['N', 4]], { avoid: [1], dims: { N: 3 } })
})
