import { expect, it } from 'vitest'
import { stream } from '../../secret/index.ts'
import { planLogistic } from './modelPlan.ts'
import { flooded, floodOf, leftDivergence } from './published.ts'
import { summedDeviation } from './trainingNoise.ts'

const plan = planLogistic({ rows: 100, features: 20, learningRate: 1 })

it('floods weights by a Gaussian of the deviation that was asked for, on a grid', () => {
  const deviation = 0.03
  const count = 20_000
  const noise = stream(new Uint8Array(32).fill(9), 'answer noise')
  const [own] = flooded([new Float64Array(count).fill(1.25)], deviation, noise) as [Float64Array]
  const mean = own.reduce((a, b) => a + b, 0) / count
  const variance = own.reduce((sum, w) => sum + (w - mean) ** 2, 0) / count
  // Six deviations of either estimate.
  expect(Math.abs(mean - 1.25)).toBeLessThan((6 * deviation) / Math.sqrt(count))
  expect(Math.abs(variance / deviation ** 2 - 1)).toBeLessThan(6 * Math.sqrt(2 / count))
  const grid = 2 ** Math.floor(Math.log2(deviation / 64))
  expect(own.every((w) => Number.isInteger(w / grid))).toBe(true)
})

it('draws noise anew each time', () => {
  const weights = [Float64Array.of(1, 2, 3)]
  expect(flooded(weights, 0.01)).not.toEqual(flooded(weights, 0.01))
})

it('covers the noise of all round trips in all weights: the divergence that is left is what was promised', () => {
  const [roundTrips, count] = [20, 20]
  const flood = floodOf(plan, roundTrips, count)
  const noise = summedDeviation(plan) ** 2 * roundTrips
  expect((count * noise) / (2 * flood ** 2)).toBeCloseTo(leftDivergence, 12)
})
