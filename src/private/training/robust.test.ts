import { describe, expect, it } from 'vitest'
import { add, cast, constant, gather, mul, reshape, sub, tensor } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import {
  dense,
  embedding,
  flatten,
  functionLayer,
  type LossName,
  type Model,
  reshapeTo,
  sequential,
  sgd,
} from '../../learn/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { type PrivateTrainOptions, trainPrivately } from './trainPrivately.ts'

const settings: PrivateTrainOptions = {
  loss: 'categoricalCrossEntropy',
  optimizer: sgd({ learningRate: 0.1 }),
  epochs: 1,
  batch: 8,
  clip: 1,
  delta: 1e-5,
  noiseMultiplier: 1,
}

async function train(
  model: Model,
  x: Float32Array,
  options: Partial<PrivateTrainOptions> = {},
  y?: Float32Array,
) {
  const width = model.input.reduce((a, b) => a * b, 1)
  const count = x.length / width
  const outputs = model.output[0]!
  const targets = y
    ? tensor(y, [count, outputs])
    : tensor(
        Int32Array.from({ length: count }, (_, i) => i % outputs),
        [count],
        'int32',
      )
  const seen = []
  const data = { x: tensor(x, [count, ...model.input]), y: targets }
  for await (const epoch of trainPrivately(model, data, { ...settings, ...options })) seen.push(epoch)
  return seen
}

const normals = (count: number) => {
  const source = seededStream(2, 'normals')
  return Float32Array.from({ length: count }, () => source.normal())
}

const line = sequential([dense({ units: 2 })], { input: [3] })
const executors = ['plain', 'native'] as const

describe('nothing that one row holds ends a private training', () => {
  it.each(executors)(
    'not words in no table, tables in tables, and rows that are held out: %s',
    async (executor) => {
      const table = constant(Float32Array.of(0, 3, 1, 2), [4, 1])
      const first = functionLayer([2], (x) => reshape(gather(table, cast(x, 'int64'), 0), [-1, 2]))
      const nested = sequential([first, embedding({ words: 4, units: 3 }), flatten(), dense({ units: 2 })], {
        input: [2],
      })
      const words = sequential([embedding({ words: 4, units: 3 }), flatten(), dense({ units: 2 })], {
        input: [2],
      })
      const x = Float32Array.of(0, 3, -7, 99, 1e30, -1e30, 2, 1, 5, 5, 0, 0, 77, 3, 1, 1, 2, 2, 3, 400)
      // One number looked up in two tables, the larger one first.
      const twice = functionLayer([2, 1], (v) => {
        const places = cast(reshape(v, [-1, 2]), 'int64')
        const tables = [10, 4].map((n) => constant(new Float32Array(n).fill(n), [n, 1]))
        return add(gather(tables[0]!, places, 0), gather(tables[1]!, places, 0))
      })
      const both = sequential([reshapeTo([2, 1]), twice, flatten(), dense({ units: 2 })], { input: [2] })
      // An integer that the model makes of what is no number.
      const odd = functionLayer([2], (v) => {
        const p = cast(v, 'int64')
        return reshape(gather(table, sub(mul(p, p), mul(p, p)), 0), [-1, 2])
      })
      const none = sequential([odd, dense({ units: 2 })], { input: [2] })
      for (const model of [nested, words, both, none])
        for (const validation of [undefined, 0.3])
          expect(await train(model, x, { executor, validation })).toHaveLength(1)
    },
  )

  it.each(executors)('not rows that are no numbers, under any loss: %s', async (executor) => {
    const wild = normals(60)
    wild.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 9)
    for (const loss of ['meanSquaredError', 'meanAbsoluteError', 'binaryCrossEntropy'] satisfies LossName[]) {
      const y = normals(40)
      y.set([Number.NaN, Number.POSITIVE_INFINITY, 1e38], 4)
      const [epoch] = await train(line, wild, { executor, loss }, y)
      for (const t of Object.values(epoch!.weights())) expect(toFloat64(t).every(Number.isFinite)).toBe(true)
    }
  })
})

describe('settings that are allowed do work', () => {
  it.each([
    ['much noise', { noiseMultiplier: 5000 }],
    ['a large clipping norm', { clip: 2 ** 20 }],
    ['a small clipping norm', { clip: 2 ** -20 }],
    ['noise just below a power of two', { noiseMultiplier: 7.999999999999999 }],
    ['one row a batch', { batch: 1 }],
    ['one row each of one person', { people: { of: new Int32Array(20), count: 1, rowsEach: 1 } }],
    [
      'persons of whom some have no row',
      { people: { of: new Int32Array(20).fill(2), count: 5, rowsEach: 3 } },
    ],
  ] as const)('%s', async (_, options) => {
    for (const executor of executors)
      expect(await train(line, normals(60), { ...options, executor })).toHaveLength(1)
  })

  it('first weights that let nothing through are no fault', async () => {
    const model = sequential([dense({ units: 4, activation: 'relu' }), dense({ units: 2 })], { input: [3] })
    const weights = { '0.dense.bias': tensor(new Float32Array(4).fill(-1e6), [4]) }
    expect(await train(model, normals(60), { weights })).toHaveLength(1)
  })

  it.each([
    ['too little noise to be drawn', { noiseMultiplier: 0.1 }, /too little to be drawn/],
    ['a part of a row', { people: { of: new Int32Array(20), count: 1, rowsEach: 1.5 } }, /rowsEach/],
    ['no row', { people: { of: new Int32Array(20), count: 1, rowsEach: 0 } }, /rowsEach/],
    ['a clipping norm out of its range', { clip: 2 ** 21 }, /clipping norm/],
  ] as const)('but not %s', async (_, options, words) => {
    await expect(train(line, normals(60), options)).rejects.toThrow(words)
  })
})

it('an epoch’s weights stay that epoch’s: nobody sees what steps make of them after it', async () => {
  const [first, second] = await train(line, normals(60), { epochs: 2 })
  const numbers = (epoch: typeof first) =>
    Object.values(epoch!.weights()).map((t) => Array.from(toFloat64(t)))
  expect(numbers(first)).not.toEqual(numbers(second))
})
