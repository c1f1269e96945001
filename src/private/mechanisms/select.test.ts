import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Measurement } from './measurement.ts'
import { rational } from './rational.ts'
import { permuteAndFlip, reportNoisyMax } from './select.ts'
import { lowerBound, misfit } from './testing.ts'

/** The law of permute-and-flip by its definition: all orders, all flips. */
function permuteAndFlipLaw(scores: number[], rate: number): Map<number, number> {
  const best = Math.max(...scores)
  const law = new Map<number, number>()
  const walk = (left: number[], probability: number) => {
    for (const candidate of left) {
      const kept = Math.exp(-rate * (best - scores[candidate]!))
      const turn = probability / left.length
      law.set(candidate, (law.get(candidate) ?? 0) + turn * kept)
      const others = left.filter((other) => other !== candidate)
      if (kept < 1) walk(others, turn * (1 - kept))
    }
  }
  walk(
    scores.map((_, i) => i),
    1,
  )
  return law
}

/** What is seen of a mechanism stays below its claim; of one with a planted fault it does not. */
function expectBetween<I>(
  claim: Measurement<I, number>,
  wrong: Measurement<I, number>,
  one: I,
  other: I,
): void {
  const bound = (m: Measurement<I, number>) =>
    lowerBound(
      () => m.invoke(one),
      () => m.invoke(other),
      4e4,
    )
  expect(bound(claim)).toBeLessThan(claim.map(1).epsilon!)
  expect(bound(wrong)).toBeGreaterThan(claim.map(1).epsilon!)
}

describe('permute and flip', () => {
  it('follows its law, at scores and sensitivities other than 1', () => {
    const scores = [3, 2.5, -1, 3, 0.1]
    const measurement = permuteAndFlip({ sensitivity: 1.5, epsilon: 2 })
    const law = permuteAndFlipLaw(scores, 2 / 3)
    expect(misfit(1e5, () => measurement.invoke(scores), law)).toBeLessThan(1)
  })

  it('takes the best of scores that lie far apart, whatever their size', () => {
    const measurement = permuteAndFlip({ sensitivity: rational(1n, 10n), epsilon: 1 })
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9 }),
        fc.double({ noNaN: true, min: -1e300, max: 1e300 }),
        (place, base) => {
          const step = Math.max(1e3, Math.abs(base) / 2)
          const scores = Array.from({ length: 10 }, (_, i) => (i === place ? base + step : base))
          expect(measurement.invoke(scores)).toBe(place)
        },
      ),
    )
  })

  it('is seen to give away no more than stated, and half the sensitivity is caught', () => {
    // The worst that one unit does: the first candidate's score falls, the others' rise.
    const one = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    const other = [0, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    const claim = permuteAndFlip({ sensitivity: 1, epsilon: 1.5 })
    const wrong = permuteAndFlip({ sensitivity: 0.5, epsilon: 1.5 })
    expectBetween(claim, wrong, one, other)
  })
})

describe('report noisy max', () => {
  it('is seen to give away no more than stated, and half the scale is caught', () => {
    const one = [2n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n]
    const other = [0n, 2n, 2n, 2n, 2n, 2n, 2n, 2n, 2n, 2n]
    const claim = reportNoisyMax({ sensitivity: 2, epsilon: 1.5 })
    const wrong = reportNoisyMax({ sensitivity: 2, epsilon: 3 })
    expectBetween(claim, wrong, one, other)
  })

  it('takes the largest count where it is far ahead, the first of equal ones', () => {
    const measurement = reportNoisyMax({ sensitivity: 1, epsilon: 1 })
    expect(measurement.invoke([5n, 1000n, -3n])).toBe(1)
    // Noise of scale 2/100 is nearly always 0.
    const exact = reportNoisyMax({ sensitivity: 1, epsilon: 100 })
    expect(exact.invoke([4n, 7n, 7n])).toBe(1)
  })
})

describe('what selects', () => {
  it('states ε by distance, and refuses what gives no guarantee', () => {
    for (const make of [permuteAndFlip, reportNoisyMax]) {
      expect(make({ sensitivity: 3, epsilon: 0.5 }).map(2).epsilon).toBe(1)
      for (const bad of [0, -1, Number.NaN, Infinity]) {
        expect(() => make({ sensitivity: bad, epsilon: 1 })).toThrow(
          /sensitivity must be positive and finite/,
        )
        expect(() => make({ sensitivity: 1, epsilon: bad })).toThrow(/epsilon must be positive and finite/)
      }
      expect(() => make({ sensitivity: 1, epsilon: 1 }).invoke([])).toThrow(RangeError)
    }
    expect(() => permuteAndFlip({ sensitivity: 1, epsilon: 1 }).invoke([1, Number.NaN])).toThrow(RangeError)
  })
})
