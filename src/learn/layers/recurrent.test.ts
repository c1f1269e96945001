import { expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { lstm, predict, sequential } from '../index.ts'

it('an LSTM applies its activation to what enters the cell and to what leaves it, and sigmoid to its gates', async () => {
  const model = sequential([lstm({ units: 1, activation: 'relu' })], { input: [2, 1] })
  const [input, forget, cell, output] = [0.3, -0.2, 2.5, 0.4] as const
  const weights = {
    '0.lstm.kernel': tensor(Float64Array.of(input, forget, cell, output), [1, 4], 'float64'),
    '0.lstm.recurrent': tensor(Float64Array.of(0.1, 0.7, -0.5, 0.2), [1, 4], 'float64'),
    '0.lstm.bias': tensor(Float64Array.of(0, 1, 0.25, 0), [4], 'float64'),
  }
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z))
  const relu = (z: number) => Math.max(0, z)
  let [h, c] = [0, 0]
  for (const x of [1.5, 2]) {
    const next =
      sigmoid(forget * x + 0.7 * h + 1) * c + sigmoid(input * x + 0.1 * h) * relu(cell * x - 0.5 * h + 0.25)
    h = sigmoid(output * x + 0.2 * h) * relu(next)
    c = next
  }
  const x = tensor(Float64Array.of(1.5, 2), [1, 2, 1], 'float64')
  const answer = await predict(model, weights, x, { loss: 'meanSquaredError', executor: 'plain' })
  expect(h).toBeGreaterThan(2)
  expect(answer.data[0]).toBeCloseTo(h, 12)
})
