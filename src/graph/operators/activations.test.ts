import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile } from '../compile.ts'
import type { Operator, Value } from '../contract.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import {
  anySeed,
  anyShape,
  type CheckOptions,
  checkGradient,
  checkNative,
  type NativeOptions,
} from '../testing.ts'
import { apply, input } from '../value.ts'
import { erf } from './_erf.ts'
import {
  celuOperator,
  erfOperator,
  gelu,
  hardSigmoidOperator,
  hardSwishOperator,
  mishOperator,
  preluOperator,
  seluOperator,
  shrinkOperator,
  swishOperator,
  thresholdedReluOperator,
} from './activations.ts'

const of =
  (operator: Operator, attributes = {}) =>
  (x: Value) =>
    apply(operator, [x], attributes)

const float32: NativeOptions = { dtypes: ['float32'] }

/** Name, build, where it is smooth, and what ONNX Runtime has no double form of. */
const cases: [string, (x: Value) => Value, CheckOptions, NativeOptions][] = [
  ['Erf', of(erfOperator), {}, { withoutDouble: ['Erf'] }],
  ['Gelu', gelu, {}, { withoutDouble: ['Gelu', 'Erf'] }],
  ['Gelu by tanh', (x) => gelu(x, 'tanh'), {}, float32],
  ['Mish', of(mishOperator), {}, {}],
  ['Swish', of(swishOperator, { alpha: 1.3 }), {}, {}],
  ['Selu', of(seluOperator, { alpha: 1.2, gamma: 0.7 }), {}, {}],
  ['Celu', of(celuOperator, { alpha: 0.6 }), {}, float32],
  ['HardSigmoid', of(hardSigmoidOperator, { alpha: 0.8, beta: 0.4 }), { avoid: [-0.5, 0.75] }, {}],
  ['HardSwish', of(hardSwishOperator), { domain: [-4, 4], avoid: [-3, 3] }, float32],
  ['ThresholdedRelu', of(thresholdedReluOperator, { alpha: 0.4 }), { avoid: [0.4] }, {}],
  ['Shrink', of(shrinkOperator, { bias: 0.2, lambd: 0.9 }), { avoid: [-0.9, 0.9] }, float32],
]

describe.each(cases)('%s', (_, build, options, native) => {
  test('gradient agrees with differences', () => {
    fc.assert(
      fc.property(anyShape(3), anySeed, (shape, seed) => checkGradient(build, [shape], { ...options, seed })),
      { seed: 1, numRuns: 10 },
    )
  })

  test('plain agrees with native', async () => {
    await checkNative(build, [['N', 3, 5]], { ...options, ...native, dims: { N: 4 } })
  })
})

test('PRelu: slopes broadcast, and have a gradient', async () => {
  const build = (x: Value, slopes: Value) => apply(preluOperator, [x, slopes])
  for (const slopes of [[3, 1], [], [1], [2, 3, 4]]) {
    checkGradient(build, [[2, 3, 4], slopes])
    await checkNative(build, [[2, 3, 4], slopes])
  }
  expect(() => build(input('x', [1, 3]), input('s', [2, 3]))).toThrow(/do not fit into \[1, 3\]/)
})

test('Gelu refuses a form that it does not know', () => {
  expect(() => gelu(input('x', [2]), 'sigmoid' as 'tanh')).toThrow(/approximate 'sigmoid' is not one of/)
})

test.each(cases)('%s at extremes: plain agrees with native', async (_, build) => {
  const values = [-1000, -90, -7, -0, 0, 1e-8, 7, 90, 1000]
  const x = input('x', [values.length])
  const g = graph({ inputs: [x], outputs: { y: build(x) } })
  const feed = { x: tensor(values, [values.length]) }
  const expected = (compilePlain(g).run(feed) as { y: Tensor }).y.data
  const native = await compile(g, { executor: 'native' })
  const got = ((await native.run(feed)) as { y: Tensor }).y.data
  values.forEach((at, i) => {
    const [e, y] = [Number(expected[i]), Number(got[i])]
    expect(Math.abs(e - y), `at ${at}: ${e} here, ${y} natively`).toBeLessThanOrEqual(
      1e-5 * Math.abs(e) + 1e-7,
    )
  })
  await native.close()
})

test.each(['none', 'tanh'] as const)('Gelu of infinities, by %s: as ONNX computes it', async (form) => {
  const x = input('x', [2])
  const g = graph({ inputs: [x], outputs: { y: gelu(x, form) } })
  for (const executor of ['plain', 'native'] as const) {
    const program = await compile(g, { executor })
    const results = await program.run({ x: tensor([-Infinity, Infinity], [2]) })
    expect(Array.from(results['y']!.data, Number)).toEqual([NaN, Infinity])
    await program.close()
  }
})

test('erf agrees with published values to 1e-15', () => {
  // Abramowitz and Stegun, table 7.1, and mpmath's erf at the same points.
  const known: [number, number][] = [
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [2.5, 0.999593047982555],
    [3, 0.9999779095030014],
    [5, 0.9999999999984626],
  ]
  for (const [x, value] of known) {
    expect(Math.abs(erf(x) - value)).toBeLessThanOrEqual(2e-15)
    expect(erf(-x)).toBe(-erf(x))
  }
  expect(erf(0)).toBe(0)
  expect([erf(Infinity), erf(-40), erf(NaN)]).toEqual([1, -1, NaN])
})

test.each(['plain', 'native'] as const)(
  'what is no number is not over the threshold, %s',
  async (executor) => {
    const x = input('x', [3])
    const y = apply(thresholdedReluOperator, [x])
    const program = await compile(graph({ inputs: [x], outputs: { y } }), { executor })
    const results = await program.run({ x: tensor([Number.NaN, 1, 2], [3]) })
    expect(Array.from(results['y']!.data, Number)).toEqual([0, 0, 2])
    await program.close()
  },
)
