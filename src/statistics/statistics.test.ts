// The shared statistics, each against its definition, at scales other than 1.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hitInterval, wilson } from './binomial.ts'
import { chiSquareTail } from './chiSquare.ts'
import { covariance } from './covariance.ts'
import { digits, percent, percentAtMost, scientific } from './figures.ts'
import { lowerMedian, median, medianOrNone } from './median.ts'
import { mean, meanAndSpread, meanInParts, spread, spreadInParts, sum } from './moments.ts'
import { softmax } from './softmax.ts'
import { scalesOf, standardised } from './standard.ts'

const some = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 })

describe('moments', () => {
  it('are those of the definition', () => {
    expect(sum([1, 20, 300])).toBe(321)
    expect(mean([2, 4, 9])).toBe(5)
    expect(spread([2, 4, 9])).toEqual({ mean: 5, deviation: Math.sqrt(26 / 3) })
    expect(meanAndSpread([2, 4, 9])).toEqual({ mean: 5, deviation: expect.closeTo(Math.sqrt(13), 12) })
    expect(meanAndSpread([7]).deviation).toBe(0)
    expect(() => meanAndSpread([])).toThrow(RangeError)
    expect([sum([]), meanInParts([])]).toEqual([0, 0])
    expect(mean([])).toBeNaN()
  })
  it('are finite in parts where the sum is not', () => {
    expect(mean([1.5e308, 1.5e308])).toBe(Infinity)
    expect(meanInParts([1.5e308, 1.5e308])).toBe(1.5e308)
  })
  it('agree in both ways', () => {
    fc.assert(
      fc.property(some, (values) => {
        const [a, b] = [spread(values), spreadInParts(values)]
        expect(Math.abs(a.mean - b.mean)).toBeLessThan(1e-6)
        expect(Math.abs(a.deviation - b.deviation)).toBeLessThan(1e-3)
      }),
    )
  })
})

describe('the median', () => {
  it('is the one in the middle, or between the two', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([9, 1, 5, 6])).toBe(5.5)
    expect(median([])).toBeNaN()
    const given = [3, 1, 2]
    median(given)
    expect(given).toEqual([3, 1, 2])
  })
  it('is one of the values where that is asked for, and what overflowed is larger than any number', () => {
    expect([lowerMedian([9, 1, 5, 6]), lowerMedian([5, null, 1])]).toEqual([5, 5])
    expect([lowerMedian([null, 1]), lowerMedian([null, null, 1])]).toEqual([1, null])
    expect([medianOrNone([9, 1, 5, 6]), medianOrNone([null, 1, 5])]).toEqual([5.5, 5])
    expect([medianOrNone([null, 1]), medianOrNone([null, null, 1])]).toEqual([null, null])
  })
})

describe('standardised columns', () => {
  it('have mean 0 and deviation 1, and come back', () => {
    const column = Float64Array.of(1000, 2000, 6000)
    const { mean: m, deviation } = spread(standardised(column))
    expect([m, deviation]).toEqual([expect.closeTo(0, 12), expect.closeTo(1, 12)])
    expect([...standardised(Float64Array.of(5, 5))]).toEqual([0, 0])
    const scale = scalesOf([column], [Float64Array.of(-7)])
    expect([...scale.restored(scale.standardised([column]))[0]!]).toEqual(
      [...column].map((x) => expect.closeTo(x, 9)),
    )
  })
  it('vary together as their products say', () => {
    const columns = [Float64Array.of(1, 2, 6), Float64Array.of(10, 0, -10)]
    const found = covariance(columns, columns.map(mean))
    expect(found.to2DArray()).toEqual([
      [expect.closeTo(14 / 3, 12), expect.closeTo(-50 / 3, 12)],
      [found.get(0, 1), expect.closeTo(200 / 3, 12)],
    ])
    expect(covariance([new Float64Array(0)], [0]).get(0, 0)).toBe(0)
  })
})

describe('softmax', () => {
  it('is in proportion to the powers, and does not overflow', () => {
    expect([...softmax([0, Math.log(3)])]).toEqual([expect.closeTo(0.25, 12), expect.closeTo(0.75, 12)])
    expect([...softmax([1e4, 1e4])]).toEqual([0.5, 0.5])
  })
})

describe('intervals of a share', () => {
  it('are those of the tables', () => {
    // Brown, Cai and DasGupta 2001, of 2 in 20, and the rule of three's exact form.
    expect(wilson(0.1, 20)).toEqual([expect.closeTo(0.0279, 4), expect.closeTo(0.301, 4)])
    expect(hitInterval(0, 100)[1]).toBeCloseTo(1 - 0.025 ** (1 / 100), 9)
    expect(hitInterval(0, 100, 0.0005)[1]).toBeCloseTo(1 - 0.0005 ** (1 / 100), 9)
  })
})

describe('figures', () => {
  it('have so many digits and no more', () => {
    expect([percent(0.98449), percent(0.98449, 0), percent(1, 2)]).toEqual(['98.4%', '98%', '100.00%'])
    expect([percentAtMost(0.38101), percentAtMost(0.381), percentAtMost(0.12344, 2)]).toEqual([
      '38.2%',
      '38.1%',
      '12.35%',
    ])
    expect([digits(0.25, 4), digits(1234.56, 3), digits(1.2e-7, 4)]).toEqual(['0.25', '1230', '1.2e-7'])
    expect([scientific(0.0005, 4), scientific(0, 4), scientific(0.25, 4)]).toEqual(['5e-4', '0', '0.25'])
  })
})

describe('the chi-square law', () => {
  it('has the tails of the tables', () => {
    // Two degrees are an exponential law, one is the square of a normal one; the rest from Pearson and Hartley's tables.
    for (const x of [0.01, 1, 7, 60, 400]) expect(chiSquareTail(x, 2) / Math.exp(-x / 2)).toBeCloseTo(1, 9)
    expect(chiSquareTail(1.959963984540054 ** 2, 1)).toBeCloseTo(0.05, 10)
    expect(chiSquareTail(37.697, 15)).toBeCloseTo(0.001, 6)
    expect(chiSquareTail(18.307, 10)).toBeCloseTo(0.05, 5)
    expect(chiSquareTail(149.449, 100)).toBeCloseTo(0.001, 6)
    expect([chiSquareTail(0, 3), chiSquareTail(1e6, 3)]).toEqual([1, 0])
  })
})
