// Aggregators under f liars: within their stated breakdown, and beyond it, where they are shown to break.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededStream } from '../../../random/seeded.ts'
import { coordinateMedian } from './coordinateMedian.ts'
import { equalMean } from './equalMean.ts'
import { krum, multiKrum } from './krum.ts'
import { normBound } from './normBound.ts'
import { trimmedMean } from './trimmedMean.ts'
import { type Aggregator, type Weighted, weightedMean } from './weightedMean.ts'

const size = 6
const around = (n: number, centre: number, seed: number): Weighted[] => {
  const draws = seededStream(seed, 'honest')
  return Array.from({ length: n }, () => ({
    vector: Float64Array.from({ length: size }, () => centre + draws.normal()),
    examples: 1,
  }))
}
const liarsOf = (n: number, vector: number[] = new Array<number>(size).fill(1e6)): Weighted[] =>
  Array.from({ length: n }, () => ({ vector: Float64Array.from(vector), examples: 1 }))
const rangeOf = (vectors: readonly Weighted[], i: number) => {
  const values = vectors.map(({ vector }) => vector[i]!)
  return [Math.min(...values), Math.max(...values)] as const
}

/** Whether each coordinate lies within what honest nodes say. */
const isWithin = (found: Float64Array, honest: readonly Weighted[]) =>
  found.every((v, i) => {
    const [low, high] = rangeOf(honest, i)
    return v >= low - 1e-12 && v <= high + 1e-12
  })

describe.each<[string, Aggregator, (n: number) => number]>([
  ['coordinate median', coordinateMedian, (n) => Math.ceil(n / 2) - 1],
  ['trimmed mean', trimmedMean(0.3), (n) => Math.floor(0.3 * n)],
  ['Krum', krum(3), () => 3],
  ['multi-Krum', multiKrum(3, 4), () => 3],
])('%s', (_, aggregate, most) => {
  it('stays among the honest with as many liars as it states, whatever they say', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 9, max: 20 }),
        fc.integer(),
        fc.array(fc.double({ min: 1e4, max: 1e300 }), { minLength: size, maxLength: size }),
        fc.boolean(),
        (n, seed, lie, negative) => {
          const liars = most(n)
          const honest = around(n - liars, 0, seed)
          const all = [...honest, ...liarsOf(liars, negative ? lie.map((v) => -v) : lie)]
          return isWithin(aggregate(all), honest)
        },
      ),
    )
  })
  it('breaks beyond it', () => {
    const n = 12
    // Half of the nodes of a median; one more than is cut off; liars with neighbours enough to look like the crowd.
    const liars = aggregate === coordinateMedian ? n / 2 : most(n) + 1 + (n >= 12 && most(n) === 3 ? 4 : 0)
    const honest = around(n - liars, 0, 5)
    const found = aggregate([...honest, ...liarsOf(liars)])
    expect(isWithin(found, honest)).toBe(false)
    expect(Math.max(...found)).toBeGreaterThan(1e4)
  })
  it('takes a vector that is no number for a liar’s', () => {
    const honest = around(11, 2, 9)
    expect(isWithin(aggregate([...honest, ...liarsOf(1, new Array(size).fill(Number.NaN))]), honest)).toBe(
      true,
    )
  })
  it('refuses no vectors, and vectors of several lengths', () => {
    expect(() => aggregate([])).toThrow('no update')
    expect(() => aggregate([...around(9, 0, 1), { vector: new Float64Array(2), examples: 1 }])).toThrow(
      'several lengths',
    )
  })
})

describe('known values', () => {
  const of = (...values: number[]): Weighted[] =>
    values.map((v) => ({ vector: Float64Array.of(v, -v), examples: 1 }))
  it('of the median, odd and even', () => {
    expect([...coordinateMedian(of(5, 1, 100))]).toEqual([5, -5])
    expect([...coordinateMedian(of(5, 1, 100, 7))]).toEqual([6, -6])
  })
  it('of the trimmed mean', () => {
    expect([...trimmedMean(0.2)(of(1, 2, 3, 4, 100))]).toEqual([3, -3])
    expect([...trimmedMean(0)(of(1, 2, 3))]).toEqual([2, -2])
    // A tenth of 30 is 3 at each end, whatever the floating-point product says.
    expect([...trimmedMean(0.1)(of(...Array.from({ length: 30 }, (_, i) => i)))]).toEqual([14.5, -14.5])
    // As SciPy's trim_mean and Flower: 0.4 of 3 is 1, of 2 nothing.
    expect([...trimmedMean(0.4)(of(1, 2, 9))]).toEqual([2, -2])
    expect([...trimmedMean(0.4)(of(1, 3))]).toEqual([2, -2])
    expect([...trimmedMean(0.29)(of(...Array.from({ length: 100 }, (_, i) => (i < 71 ? i : 1e6))))]).toEqual([
      49.5, -49.5,
    ])
    expect(() => trimmedMean(0.5)).toThrow('below 1/2')
  })
  it('of Krum: sums of squared distances to n − f − 2 neighbours', () => {
    // f = 1, n = 5: two neighbours each. 0, 1, 3, 4.5, 50: scores 1+9, 1+4, 2.25+4, … → the second.
    expect([...krum(1)(of(0, 1, 3, 4.5, 50))]).toEqual([1, -1])
    expect([...multiKrum(1, 2)(of(0, 1, 3, 4.5, 50))]).toEqual([2, -2])
    expect(() => krum(1)(of(1, 2, 3, 4))).toThrow('it takes 5')
    expect(() => multiKrum(1.5, 1)).toThrow('whole numbers')
  })
  it('of equal and weighted means', () => {
    const vectors = [
      { vector: Float64Array.of(1), examples: 3 },
      { vector: Float64Array.of(5), examples: 1 },
    ]
    expect([...equalMean(vectors)]).toEqual([3])
    expect([...weightedMean(vectors)]).toEqual([2])
    expect(() => equalMean([])).toThrow('no update')
  })
})

describe('a norm bound', () => {
  it('lets f liars of n move the mean by f / n of the norm, and no further', () => {
    const still = liarsOf(8, new Array<number>(size).fill(0))
    const norm = 0.5
    const length = (v: Float64Array) => Math.hypot(...v)
    expect(length(normBound(norm)([...still, ...liarsOf(2)]))).toBeCloseTo((norm * 2) / 10, 12)
    // Without it, the same two move it by as much as they say.
    expect(length(weightedMean([...still, ...liarsOf(2)]))).toBeGreaterThan(1e5)
    expect(length(normBound(norm)([...still, ...liarsOf(2, new Array(size).fill(1e200))]))).toBe(0)
  })
  it('leaves short updates as they are, and takes another aggregator', () => {
    const honest = around(5, 0, 3)
    expect(normBound(100)(honest)).toEqual(weightedMean(honest))
    expect(normBound(100, coordinateMedian)(honest)).toEqual(coordinateMedian(honest))
    expect(() => normBound(0)).toThrow('above 0')
  })
})
