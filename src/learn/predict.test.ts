import { expect, it } from 'vitest'
import { compile, readOnnx, type Tensor, tensor } from '../graph/index.ts'
import { toFloat64 } from '../graph/tensor.ts'
import { seededStream } from '../random/seeded.ts'
import {
  activation,
  adam,
  averagePool2d,
  batchNorm,
  conv2d,
  convTranspose2d,
  countParameters,
  crossValidate,
  dense,
  dropout,
  exportModel,
  flatten,
  globalAveragePooling,
  initialWeights,
  kFold,
  lstm,
  predict,
  reshapeTo,
  sequential,
} from './index.ts'

const source = seededStream(1, 'rows')
const rowsOf = (shape: readonly number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, d) => a * d, 1) }, () => source.normal()),
    shape,
  )

it('the exported file answers as the model does, with its head and its metadata', async () => {
  const layers = [
    reshapeTo([1, 4, 4]),
    conv2d({ filters: 3, kernel: 3, padding: 'same', activation: 'leakyRelu' }),
    batchNorm(),
    averagePool2d({ size: 2 }),
    convTranspose2d({ filters: 2, kernel: 3, stride: 2, padding: 'same' }),
    dropout(0.5),
    activation('softsign'),
    reshapeTo([8, 4]),
    lstm({ units: 5 }),
    dense({ units: 3 }),
  ]
  const model = sequential(layers, { input: [16] })
  const weights = initialWeights(model, 2)
  const x = rowsOf([7, 16])
  for (const [loss, name, total] of [
    ['categoricalCrossEntropy', 'probabilities', 7],
    ['meanSquaredError', 'output', undefined],
  ] as const) {
    const expected = await predict(model, weights, x, { loss, executor: 'plain' })
    const read = readOnnx(exportModel(model, weights, { loss, metadata: { classes: 'a,b,c' } }))
    expect(read.metadata).toMatchObject({ classes: 'a,b,c' })
    const program = await compile(read.graph, { executor: 'native' })
    const { [name]: answers } = await program.run({ input: x })
    await program.close()
    expect(answers?.shape).toEqual([7, 3])
    expected.data.forEach((v, i) => {
      expect(Number(answers?.data[i])).toBeCloseTo(Number(v), 5)
    })
    if (total) expect(toFloat64(expected).reduce((sum, p) => sum + p, 0)).toBeCloseTo(total, 10)
  }
})

it('many rows are answered in pieces, with the answers of each alone', async () => {
  const model = sequential([dense({ units: 2, activation: 'tanh' })], { input: [70_000] })
  const weights = initialWeights(model, 1)
  const x = rowsOf([4, 70_000])
  const loss = 'meanSquaredError'
  const all = await predict(model, weights, x, { loss, executor: 'plain' })
  const last = tensor(x.data.slice(210_000), [1, 70_000])
  const one = await predict(model, weights, last, { loss, executor: 'plain' })
  expect([...all.data.slice(6)]).toEqual([...one.data])
})

it('parameters are counted as the literature counts them', () => {
  // ObfNet2 has 1,569,784 parameters, ObfNet-MLP(n) 1569 n + 784.
  const obfnet2 = sequential([dense({ units: 1000 }), dense({ units: 784 })], { input: [784] })
  expect(countParameters(obfnet2)).toEqual({ weights: 1_569_784, statistics: 0 })
  const image = sequential(
    [conv2d({ filters: 32, kernel: 3 }), batchNorm(), globalAveragePooling(), flatten()],
    {
      input: [3, 9, 9],
    },
  )
  expect(countParameters(image)).toEqual({ weights: 3 * 9 * 32 + 32 + 64, statistics: 64 })
})

it('cross-validation measures each fold on rows that it did not train on', async () => {
  const x = rowsOf([30, 2])
  const y = tensor(
    Float64Array.from({ length: 30 }, (_, i) => 3 * Number(x.data[2 * i]) - Number(x.data[2 * i + 1])),
    [30],
    'float64',
  )
  const folds = kFold(30, 3, { seed: 1 })
  const done: number[] = []
  const results = await crossValidate(
    {
      layers: [dense({ units: 1 })],
      loss: 'meanSquaredError',
      optimizer: adam({ learningRate: 0.2 }),
      epochs: 60,
      batch: 5,
    },
    { x, y },
    folds,
    { onFold: (n) => done.push(n) },
  )
  expect(done).toEqual([1, 2, 3])
  results.forEach((result, i) => {
    expect(result.answers).toHaveLength(folds[i]?.test.length as number)
    expect(result.rootMeanSquaredError).toBeLessThan(0.05)
    expect(result.meanAbsoluteError).toBeLessThanOrEqual(result.rootMeanSquaredError!)
  })
})
