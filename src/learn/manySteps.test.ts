import { expect, it } from 'vitest'
import { tensor } from '../graph/index.ts'
import { seededStream } from '../random/seeded.ts'
import { dense, dropout, fit, gaussianNoise, sequential, sgd } from './index.ts'
import { stepsPerCall } from './manySteps.ts'

it('takes as many steps as fit into the stack, and no more than there are', () => {
  expect(stepsPerCall(1000, 100)).toBe(8)
  expect(stepsPerCall(1000, 3)).toBe(3)
  expect(stepsPerCall(30 * 2 ** 20, 100)).toBe(2)
  expect(stepsPerCall(2 ** 30, 100)).toBe(1)
  expect(stepsPerCall(1000, 0)).toBe(1)
})

it('a native run of grouped, single and short steps with noise follows the plain one', async () => {
  const draw = seededStream(4, 'rows')
  // 23 batches of 10 and one of 7: two groups of eight, seven single steps, the short one.
  const rows = 237
  const x = tensor(
    Float64Array.from({ length: rows * 5 }, () => draw.normal()),
    [rows, 5],
    'float64',
  )
  const y = tensor(
    Int32Array.from({ length: rows }, (_, i) => (x.data[5 * i]! > 0 ? 1 : 0)),
    [rows],
    'int32',
  )
  const model = sequential(
    [dense({ units: 6, activation: 'tanh' }), dropout(0.3), gaussianNoise(0.1), dense({ units: 2 })],
    { input: [5] },
  )
  const run = (executor: 'plain' | 'native') =>
    fit(
      model,
      { x, y },
      {
        loss: 'categoricalCrossEntropy',
        optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
        batch: 10,
        epochs: 3,
        seed: 2,
        executor,
      },
    )
  const [plain, native] = [await run('plain'), await run('native')]
  native.history.forEach((epoch, i) => {
    expect(epoch.loss).toBeCloseTo(plain.history[i]!.loss, 4)
    expect(epoch.accuracy).toBeCloseTo(plain.history[i]!.accuracy!, 10)
  })
  for (const [name, weight] of Object.entries(plain.weights)) {
    weight.data.forEach((w, i) => {
      expect(native.weights[name]!.data[i]).toBeCloseTo(w as number, 3)
    })
  }
})
