import { describe, expect, it } from 'vitest'
import { exponentialMechanism } from './exponentialMechanism.ts'
import { lowerBound, misfit } from './testing.ts'

describe('the exponential mechanism', () => {
  it('follows its law, at scores and sensitivities other than 1', () => {
    const scores = [3, 2.5, -1, 3, 0.1]
    const weights = scores.map((score) => Math.exp((2 * score) / (2 * 1.5)))
    const sum = weights.reduce((a, b) => a + b)
    const measurement = exponentialMechanism({ sensitivity: 1.5, epsilon: 2 })
    const law = new Map(weights.map((weight, i) => [i, weight / sum]))
    expect(misfit(5e4, () => measurement.invoke(scores), law)).toBeLessThan(1)
  })

  it('gives away no more than it says, and would with half of the sensitivity', () => {
    const [one, other] = [
      [2, 1, 1],
      [1, 2, 2],
    ]
    const bound = (sensitivity: number) => {
      const measurement = exponentialMechanism({ sensitivity, epsilon: 1.5 })
      return lowerBound(
        () => measurement.invoke(one!),
        () => measurement.invoke(other!),
        4e4,
      )
    }
    const claimed = exponentialMechanism({ sensitivity: 1, epsilon: 1.5 }).map(1)
    expect(bound(1)).toBeLessThan(claimed.epsilon!)
    expect(bound(0.5)).toBeGreaterThan(claimed.epsilon!)
    expect(claimed.rho).toBeCloseTo(1.5 ** 2 / 8, 12)
    expect(claimed.rho).toBeGreaterThanOrEqual(1.5 ** 2 / 8)
  })

  it('takes the best of scores that lie far apart, and refuses none and what is no number', () => {
    const measurement = exponentialMechanism({ sensitivity: 1, epsilon: 1 })
    expect(measurement.invoke([-1e300, 1e300, 0])).toBe(1)
    expect(() => measurement.invoke([])).toThrow(RangeError)
    expect(() => measurement.invoke([Number.NaN])).toThrow(RangeError)
  })
})
