import { expect, it } from 'vitest'
import { tensor } from '../graph/index.ts'
import { seededStream } from '../random/seeded.ts'
import { type Configuration, crossValidate, dense, gridSearch, kFold, sgd } from './index.ts'

const source = seededStream(4, 'points')
const x = tensor(
  Float64Array.from({ length: 80 }, () => source.normal()),
  [40, 2],
  'float64',
)
const y = tensor(
  Int32Array.from({ length: 40 }, (_, i) => ((x.data[2 * i] as number) > 0 ? 1 : 0)),
  [40],
  'int32',
)
const configurationOf = (units: number, learningRate = 0.5): Configuration => ({
  layers: [dense({ units, activation: 'tanh' }), dense({ units: 2 })],
  loss: 'categoricalCrossEntropy',
  optimizer: sgd({ learningRate }),
  batch: 8,
  epochs: 10,
  seed: 3,
  executor: 'plain',
})
const folds = kFold(40, 3, { seed: 1 })

it('gives what one configuration after another gives, with any number of workers', async () => {
  const configurations = [2, 5].map((units) => configurationOf(units))
  const alone = await Promise.all(configurations.map((c) => crossValidate(c, { x, y }, folds)))
  const expected = alone.map((results) => results.map(({ weights: _, answers: __, ...score }) => score))
  expect(expected[0]?.[0]?.accuracy).toBeGreaterThan(0.5)
  for (const workers of [1, 2]) {
    const steps: number[] = []
    const results = await gridSearch(configurations, { x, y }, folds, {
      workers,
      onProgress: (done) => steps.push(done),
    })
    expect(results.map((r) => r.scores)).toEqual(expected)
    expect(steps).toEqual([1, 2, 3, 4, 5, 6])
  }
})

it('a configuration that fails has a typed error, and the others go on', async () => {
  const relu: Configuration = {
    ...configurationOf(3, 1e200),
    layers: [dense({ units: 3, activation: 'relu' }), dense({ units: 2 })],
  }
  const [bad, good] = await gridSearch([relu, configurationOf(2)], { x, y }, folds, { workers: 2 })
  expect(bad?.error).toMatchObject({ name: 'FrostglassError', code: 'usage' })
  expect(bad?.error?.message).toMatch(/^configuration 0, fold 0: training diverged in epoch 1/)
  expect(good?.error).toBeUndefined()
  expect(good?.scores).toHaveLength(3)
})

it('stops when it is told to', async () => {
  const controller = new AbortController()
  const long = { ...configurationOf(4), epochs: 1_000_000 }
  const run = gridSearch([long, configurationOf(2)], { x, y }, folds, {
    workers: 1,
    signal: controller.signal,
  })
  setTimeout(() => controller.abort(), 20)
  await expect(run).rejects.toMatchObject({ code: 'aborted' })
})

it('refuses an empty grid', async () => {
  await expect(gridSearch([], { x, y }, folds)).rejects.toMatchObject({ code: 'usage' })
})
