import { describe, expect, it } from 'vitest'
import { seededStream } from '../random/seeded.ts'
import { binomialTail, hitInterval } from '../statistics/binomial.ts'
import { curveOf, rocPoints } from './roc.ts'

describe('scores', () => {
  const scores = Float64Array.of(0.1, 0.4, 0.4, 0.8, 0.9, 0.3, 0.4)
  const positive = Uint8Array.of(0, 0, 1, 1, 1, 0, 0)

  it('give the area of scikit-learn, hits at few false alarms and the best balanced accuracy', () => {
    const { auc, balancedAccuracy, hitsAtThousandth, hitsAtHundredth } = curveOf(scores, positive, 1)
    expect(auc.value).toBeCloseTo(0.9166666666666666, 12)
    expect(auc.interval[0]).toBeLessThan(auc.value)
    expect(balancedAccuracy.value).toBeCloseTo(5 / 6, 12)
    expect(hitsAtHundredth.value).toBeCloseTo(2 / 3, 12)
    expect(hitsAtThousandth).toEqual(hitsAtHundredth)
    // Clopper and Pearson for 2 of 3, from tables.
    expect(hitsAtHundredth.interval[0]).toBeCloseTo(0.0943, 4)
    expect(hitsAtHundredth.interval[1]).toBeCloseTo(0.9916, 4)
    expect(curveOf(new Float64Array(8), Uint8Array.of(1, 0, 1, 0, 1, 0, 1, 0), 1).auc.value).toBe(0.5)
    expect(() => curveOf(scores, new Uint8Array(7), 1)).toThrow(RangeError)
  })

  it('tell the thousandth from the hundredth', () => {
    const source = seededStream(1, 'rates')
    const rows = 8000
    const kinds = Uint8Array.from({ length: rows }, (_, i) => i % 2)
    // Normal with means 0 and 1: hits at a false-alarm rate a are Φ(1 − z_a), 1.8% and 9.2%.
    const values = Float64Array.from(kinds, (kind) => kind + source.normal())
    const { hitsAtThousandth, hitsAtHundredth, auc } = curveOf(values, kinds, 2)
    expect(Math.abs(hitsAtThousandth.value - 0.0183)).toBeLessThan(0.02)
    expect(Math.abs(hitsAtHundredth.value - 0.0924)).toBeLessThan(0.03)
    expect(hitsAtThousandth.value).toBeLessThan(hitsAtHundredth.value / 2)
    expect(Math.abs(auc.value - 0.7602)).toBeLessThan(0.02)
  })

  it('make a curve with a corner for each value that occurs', () => {
    expect(rocPoints(scores, positive)).toEqual([
      { falseAlarms: 0, hits: 0 },
      { falseAlarms: 0, hits: 1 / 3 },
      { falseAlarms: 0, hits: 2 / 3 },
      { falseAlarms: 0.5, hits: 1 },
      { falseAlarms: 0.75, hits: 1 },
      { falseAlarms: 1, hits: 1 },
    ])
  })
})

describe('binomial', () => {
  it('tails are those of the law, on both sides and far out', () => {
    // SciPy's binom.sf(k - 1, n, p).
    for (const [n, p, k, value] of [
      [10, 0.5, 6, 0.376953125],
      [1000, 0.73, 760, 0.016952187037543327],
      [50, 0.9, 20, 1],
      [2000, 0.5, 1300, 8.146748513801326e-42],
      [5, 0.2, 5, 0.00032],
    ] as const) {
      expect(Math.abs(binomialTail(n, p, k) / value - 1)).toBeLessThan(1e-8)
    }
    expect([binomialTail(5, 0.3, 0), binomialTail(5, 0.3, 6), binomialTail(5, 1, 5)]).toEqual([1, 0, 1])
  })

  it('intervals are exact at the ends', () => {
    expect(hitInterval(0, 100)).toEqual([0, expect.closeTo(0.036217, 5)])
    expect(hitInterval(100, 100)).toEqual([expect.closeTo(1 - 0.036217, 5), 1])
    expect(hitInterval(5, 10)).toEqual([expect.closeTo(0.18709, 4), expect.closeTo(0.81291, 4)])
  })
})
