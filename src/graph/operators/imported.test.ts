// Attributes that files have and our own constructors do not: values and gradients, plain and native.

import { expect, test } from 'vitest'
import type { Attributes, Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compileNative } from '../native/program.ts'
import { readOnnx } from '../onnx/read.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor, toFloat64 } from '../tensor.ts'
import { checkGradient, checkNative, compareTensors } from '../testing.ts'
import { apply, applyAll, constant, input, integers } from '../value.ts'
import { mulOperator } from './arithmetic.ts'
import { oneHotOperator } from './classes.ts'
import { convTransposeOperator } from './convTranspose.ts'
import { clipOperator } from './elementwise.ts'
import { scatterElements } from './gather.ts'
import { splitOperator } from './join.ts'
import { batchNormalizationOperator } from './normalise.ts'
import { averagePoolOperator, maxPoolOperator } from './pool.ts'
import { dequantizeLinearOperator } from './quantise.ts'
import { reduceSum } from './reduce.ts'

const read = (base64: string) => readOnnx(new Uint8Array(Buffer.from(base64, 'base64'))).graph

// AveragePool of opset 19 over [1, 1, 5, 5]: a kernel of 2×2 with dilations of 2.
const dilated =
  'CAg6fQo+CgF4EgF5IgtBdmVyYWdlUG9vbCoSCglkaWxhdGlvbnNAAkACoAEHKhUKDGtlcm5lbF9zaGFwZUACQAKgAQcSAWdaGwoBeBIWChQIARIQCgIIAQoCCAEKAggFCgIIBWIbCgF5EhYKFAgBEhAKAggBCgIIAQoCCAMKAggDQgQKABAT'
// y = Clip(x, no lower bound, ReduceMean(x)) of four numbers.
const limited =
  'CAg6XQojCgF4EgFtIgpSZWR1Y2VNZWFuKg8KCGtlZXBkaW1zGACgAQIKEQoBeAoACgFtEgF5IgRDbGlwEgFnWg8KAXgSCgoICAESBAoCCARiDwoBeRIKCggIARIECgIIBEIECgAQEg=='

test('an AveragePool of a file keeps its dilations on both executors', async () => {
  const g = read(dilated)
  const x = Array.from({ length: 25 }, (_, i) => (i * 7) % 11)
  const feeds = { x: tensor(x, [1, 1, 5, 5]) }
  const expected = [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) => {
      const at = (i: number, j: number) => x[(row + i) * 5 + column + j]!
      return (at(0, 0) + at(0, 2) + at(2, 0) + at(2, 2)) / 4
    }),
  )
  const native = await compileNative(g, {})
  for (const results of [await compilePlain(g).run(feeds), await native.run(feeds)])
    expect(Array.from(toFloat64(results['y']!))).toEqual(expected)
  await native.close()
})

test("a Clip's bound that is computed has its gradient", async () => {
  const g = read(limited)
  const [x] = g.inputs as [Value]
  const weights = constant([1, 2, 4, 8])
  const [dx] = gradients(reduceSum(apply(mulOperator, [g.outputs['y']!, weights])), [x]) as [Value]
  const both = graph({ inputs: [x], outputs: { dx } })
  const feeds = { x: tensor([1, 5, 2, 8], [4]) }
  // The mean is 4: 5 and 8 are limited to it, so that each number has a quarter of their weights.
  const native = await compileNative(both, {})
  for (const results of [await compilePlain(both).run(feeds), await native.run(feeds)])
    expect(Array.from(toFloat64(results['dx']!))).toEqual([3.5, 2.5, 6.5, 2.5])
  await native.close()
})

test('a Clip whose lower bound is above the upper gives the upper, as ONNX Runtime does', async () => {
  const build = (x: Value, low: Value) =>
    apply(clipOperator, [x, reduceSum(low), constant(-0.5, [], x.dtype)])
  await checkNative(build, [[3, 4], [1]], { domain: [0.1, 2] })
  const g = graph({ inputs: [], outputs: { y: build(constant([-3, 0, 3]), constant([1])) } })
  expect(Array.from((await compilePlain(g).run({}))['y']!.data, Number)).toEqual([-0.5, -0.5, -0.5])
})

test.each([
  [averagePoolOperator, { kernel_shape: [2, 2], dilations: [2, 1], auto_pad: 'SAME_UPPER' }],
  [
    averagePoolOperator,
    { kernel_shape: [2, 1], strides: [3, 2], auto_pad: 'SAME_LOWER', count_include_pad: 1 },
  ],
  [
    averagePoolOperator,
    { kernel_shape: [2, 2], dilations: [1, 2], strides: [2, 2], pads: [1, 0, 0, 1], ceil_mode: 1 },
  ],
  [maxPoolOperator, { kernel_shape: [1, 1], strides: [2, 2], auto_pad: 'SAME_UPPER' }],
  [maxPoolOperator, { kernel_shape: [2, 2], dilations: [2, 1], auto_pad: 'SAME_LOWER' }],
  [maxPoolOperator, { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 0, 0, 1], ceil_mode: 1 }],
] as const)('%o is the same natively', async ({ name }, attributes) => {
  const operator = name === 'MaxPool' ? maxPoolOperator : averagePoolOperator
  const build = (x: Value) => apply(operator, [x], attributes as Attributes)
  checkGradient(build, [[1, 2, 7, 8]])
  await checkNative(build, [[1, 2, 7, 8]], { withoutDouble: ['AveragePool', 'Col2Im'] })
})

test.each([
  { strides: [3, 2], output_shape: [10, 8] },
  { strides: [3, 2], output_shape: [8, 6] },
  { strides: [3, 2], output_shape: [8, 6], auto_pad: 'SAME_UPPER' },
  { strides: [4, 2], auto_pad: 'SAME_UPPER' },
])('ConvTranspose %o is the same natively', async (attributes) => {
  const build = (x: Value, w: Value) => apply(convTransposeOperator, [x, w], attributes)
  await checkNative(
    build,
    [
      [1, 1, 3, 3],
      [1, 2, 3, 3],
    ],
    { withoutDouble: ['Conv', 'ConvTranspose', 'Col2Im'] },
  )
})

test('weights that are quantised in blocks are the same natively, with the gradient by their scales', async () => {
  const x = constant([3, -4, 5, 9, 8, 7, 1, 2, 3, 4], [2, 5], 'int8')
  const zero = constant([1, 0, -1, 2, 3, 4], [2, 3], 'int8')
  const blocks = { axis: 1, block_size: 2 }
  const scales = input('scales', [2, 3])
  const y = apply(dequantizeLinearOperator, [x, scales, zero], blocks)
  const [ds] = gradients(reduceSum(y), [scales]) as [Value]
  const g = graph({ inputs: [scales], outputs: { y, ds } })
  const feeds = { scales: tensor([1, 2, 4, 8, 16, 32], [2, 3]) }
  const native = await compileNative(g, {})
  for (const results of [await compilePlain(g).run(feeds), await native.run(feeds)]) {
    expect(Array.from(toFloat64(results['y']!))).toEqual([2, -5, 10, 18, 36, 40, -8, -16, 0, 0])
    expect(Array.from(toFloat64(results['ds']!))).toEqual([-3, 14, 9, 4, -1, 0])
  }
  await native.close()
  expect(() => apply(dequantizeLinearOperator, [x, input('s', [2, 2])], blocks)).toThrow(
    /a scale of shape \[2, 2\] for \[2, 5\]/,
  )
})

test('scattered extrema and products, and the values of OneHot, are the same natively', async () => {
  const places = constant([0, 2, 2, -1, 0, 0], [2, 3], 'int64')
  for (const reduction of ['max', 'min'] as const) {
    const build = (x: Value, u: Value) => scatterElements(x, places, u, { axis: 1, reduction })
    await checkNative(build, [
      [3, 3],
      [2, 3],
    ])
  }
  const times = (x: Value) =>
    scatterElements(x, places, constant([2, 3, 4, 5, 6, 7], [2, 3], x.dtype), { axis: 1, reduction: 'mul' })
  await checkNative(times, [[3, 3]])
  const lit = (values: Value) =>
    apply(oneHotOperator, [constant([0, -1, 7], [3], 'int64'), integers([3]), values], { axis: 0 })
  await checkNative(lit, [[2]], { withoutDouble: ['OneHot'] })
})

test.each([
  ['Split', splitOperator, [['N', 2]], { axis: 0 }, [integers([1, 2])]],
  [
    'BatchNormalization',
    batchNormalizationOperator,
    [[2, 'N', 2]],
    {},
    [1, 2, 3, 4].map(() => constant([1, 2, 3])),
  ],
] as const)(
  '%s of a named size beside known ones is read, and goes by what is fed',
  async (_, operator, shapes, attributes, more) => {
    const x = input('x', shapes[0])
    const outputs = applyAll(operator, [x, ...more], attributes)
    const g = graph({ inputs: [x], outputs: Object.fromEntries(outputs.map((v, i) => [`y${i}`, v])) })
    const sized = (n: number) => shapes[0].map((d) => (typeof d === 'number' ? d : n))
    const fed = (n: number) => ({
      x: tensor(new Float32Array(sized(n).reduce((a, b) => a * b, 1)).fill(0.5), sized(n)),
    })
    const native = await compileNative(g, {})
    const expected = compilePlain(g).run(fed(3)) as Record<string, Tensor>
    const got = await native.run(fed(3))
    for (const [name, t] of Object.entries(expected)) compareTensors(name, t, got[name]!, 1e-5)
    expect(() => compilePlain(g).run(fed(4))).toThrow()
    await expect(native.run(fed(4))).rejects.toThrow()
    await native.close()
  },
)
