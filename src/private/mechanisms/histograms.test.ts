import { describe, expect, it } from 'vitest'
import { randomisedResponse } from './randomisedResponse.ts'
import { stabilityHistogram } from './stabilityHistogram.ts'
import { lowerBound, misfit } from './testing.ts'

describe('randomised response', () => {
  it('answers truly with e^ε times the probability of any other answer', () => {
    const measurement = randomisedResponse({ categories: 4, epsilon: 1.3 })
    const whole = Math.exp(1.3) + 3
    const law = new Map([0, 1, 2, 3].map((i) => [i, (i === 2 ? Math.exp(1.3) : 1) / whole]))
    expect(misfit(1e5, () => measurement.invoke([2])[0]!, law)).toBeLessThan(1)
  })

  it('is estimated without bias', () => {
    const measurement = randomisedResponse({ categories: 3, epsilon: 1 })
    const truth = Array.from({ length: 40_000 }, (_, i) => (i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2))
    const estimate = measurement.estimate(measurement.invoke(truth))
    expect(estimate.reduce((a, b) => a + b)).toBeCloseTo(40_000, 6)
    // Standard errors are near 240: eight of them.
    for (const [i, count] of [24_000, 12_000, 4_000].entries()) {
      expect(Math.abs(estimate[i]! - count)).toBeLessThan(2000)
    }
  })

  it('is seen to give away no more than stated, and 1.2 times the ε is caught', () => {
    const claim = randomisedResponse({ categories: 2, epsilon: 1 })
    const wrong = randomisedResponse({ categories: 2, epsilon: 1.2 })
    const bound = (m: typeof claim) =>
      lowerBound(
        () => m.invoke([0])[0]!,
        () => m.invoke([1])[0]!,
        1e5,
      )
    expect(bound(claim)).toBeLessThan(claim.map(1).epsilon!)
    expect(bound(wrong)).toBeGreaterThan(claim.map(1).epsilon!)
  })

  it('has the Rényi curve of its definition, from above', () => {
    const { renyi } = randomisedResponse({ categories: 2, epsilon: 0.8 }).map(1)
    const p = 1 / (1 + Math.exp(-0.8))
    for (const alpha of [1.1, 2, 7.5, 64]) {
      const moment = p ** alpha * (1 - p) ** (1 - alpha) + (1 - p) ** alpha * p ** (1 - alpha)
      const value = Math.log(moment) / (alpha - 1)
      expect(renyi!(alpha)).toBeGreaterThanOrEqual(value)
      expect(renyi!(alpha)).toBeCloseTo(value, 10)
    }
  })

  it('refuses what gives no guarantee, and answers that are none', () => {
    for (const epsilon of [0, -1, Number.NaN, Infinity]) {
      expect(() => randomisedResponse({ categories: 2, epsilon })).toThrow(/positive and finite/)
    }
    expect(() => randomisedResponse({ categories: 1, epsilon: 1 })).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.any(String) }),
    )
    const two = randomisedResponse({ categories: 2, epsilon: 1 })
    for (const answer of [2, -1, 0.5, Number.NaN]) expect(() => two.invoke([answer])).toThrow(RangeError)
  })
})

describe('a histogram with private keys', () => {
  it('has the least threshold that δ allows', () => {
    // P[noise ≥ k] = e^−k / (1 + e^−1) ≤ 10^−6 from k = 14 on.
    const histogram = stabilityHistogram({ epsilon: 1, delta: 1e-6 })
    expect(histogram.threshold).toBe(15n)
    const { approximate } = histogram.map(1)
    expect(approximate?.epsilon).toBe(1)
    expect(approximate?.delta).toBeCloseTo(Math.exp(-14) / (1 + Math.exp(-1)), 15)
    expect(histogram.map(2).approximate?.delta).toBeCloseTo((2 * Math.exp(-13)) / (1 + Math.exp(-1)), 15)
    expect(histogram.map(100).approximate?.delta).toBe(1)
    expect(histogram.map(0).epsilon).toBe(0)
    for (const [epsilon, delta, keysPerUnit] of [
      [0.1, 1e-9, 5],
      [3, 0.4, 1],
      [20, 0.3, 2],
    ] as const) {
      const stated = stabilityHistogram({ epsilon, delta, keysPerUnit }).map(1).approximate!
      expect(stated.delta).toBeLessThanOrEqual(delta)
    }
  })

  it('tells large counts, sorted, and neither small ones nor keys without anyone', () => {
    const histogram = stabilityHistogram({ epsilon: 1, delta: 1e-9 })
    const counts = new Map([
      ['wales', 900n],
      ['nobody', 0n],
      ['anglia', 500n],
      ['one', 1n],
    ])
    for (let i = 0; i < 100; i++) {
      const told = histogram.invoke(counts)
      expect([...told.keys()]).toEqual(['anglia', 'wales'])
      expect(Math.abs(Number(told.get('wales')) - 900)).toBeLessThan(60)
    }
  })

  it('is seen to give away no more than (ε, δ), for a key of one person; a threshold too low is caught', () => {
    const key = (m: ReturnType<typeof stabilityHistogram>, count: bigint) => () =>
      Number(m.invoke(new Map([['k', count]])).get('k') ?? 0n)
    const claim = stabilityHistogram({ epsilon: 1, delta: 0.01 })
    const wrong = stabilityHistogram({ epsilon: 1, delta: 0.1 })
    const { epsilon, delta } = claim.map(1).approximate!
    const bound = (m: typeof claim, count: bigint) =>
      lowerBound(key(m, count), key(m, count - 1n), 1e5, delta)
    expect(bound(claim, 1n)).toBeLessThan(epsilon)
    expect(bound(claim, 5n)).toBeLessThan(epsilon)
    expect(bound(wrong, 1n)).toBeGreaterThan(epsilon)
  })

  it('refuses what gives no guarantee', () => {
    const good = { epsilon: 1, delta: 1e-6 }
    for (const epsilon of [0, -1, Number.NaN, Infinity]) {
      expect(() => stabilityHistogram({ ...good, epsilon })).toThrow(/positive and finite/)
    }
    for (const delta of [0, 1, -1, Number.NaN]) {
      expect(() => stabilityHistogram({ ...good, delta })).toThrow(/delta must lie between/)
    }
    expect(() => stabilityHistogram({ ...good, keysPerUnit: 0 })).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.any(String) }),
    )
  })
})
