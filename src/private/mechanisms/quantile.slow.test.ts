import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../random/source.ts'
import { type Bounds, drawByWeights, exponentialBounds } from './exponential.ts'
import { privateQuantile } from './quantile.ts'
import { exactly } from './rational.ts'
import { lowerBound, misfit } from './testing.ts'

describe('bounds on e^−x', () => {
  it('hold, close in, and lie within one another', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: 0, max: 60 }), (x) => {
        const coarse = exponentialBounds(exactly(x), 60)
        const fine = exponentialBounds(exactly(x), 200)
        expect(fine.high - fine.low < 8n).toBe(true)
        expect(coarse.low << 140n <= fine.high && fine.low <= coarse.high << 140n).toBe(true)
        const value = Number(fine.low >> 100n) * 2 ** -100
        expect(Math.abs(value - Math.exp(-x))).toBeLessThan(Math.exp(-x) * 1e-12 + 1e-29)
      }),
    )
    // e^−1 to 40 digits.
    const digits = 3678794411714423215955237701614608674458n
    const { low, high } = exponentialBounds(exactly(1), 256)
    const scaled = (x: bigint) => (x * 10n ** 40n) >> 256n
    expect([scaled(low), scaled(high)]).toEqual([digits, digits])
    expect(exponentialBounds(exactly(1e6), 128)).toEqual({ low: 0n, high: 1n })
  })
})

describe('draws by weights', () => {
  it('look closer until the bounds tell', () => {
    const seen: number[] = []
    const weights = (precision: number): Bounds[] => {
      seen.push(precision)
      // Thirds and a half, known badly at first.
      const unit = 1n << BigInt(precision)
      const slack = precision < 32 ? unit / 2n : 1n
      return [unit / 3n, unit / 2n, (2n * unit) / 3n].map((w) => ({ low: w - slack, high: w + slack }))
    }
    const law = new Map([2, 3, 4].map((w, i) => [i, w / 9]))
    expect(misfit(5e4, () => drawByWeights(weights, 8, systemRandom), law)).toBeLessThan(1)
    expect(seen).toContain(16)
    expect(seen).toContain(32)
  })
})

/** The law by its definition: every point of the grid, its rank, its weight. */
function lawOf(
  values: number[],
  points: number[],
  quantile: number,
  epsilon: number,
  shift = 0,
): Map<number, number> {
  const target = Math.min(Math.max(quantile * values.length + shift, 0), values.length)
  const weights = points.map((z) => {
    const below = values.filter((x) => x < z).length
    const upTo = values.filter((x) => x <= z).length
    return Math.exp((-epsilon / 2) * Math.max(0, below - target, target - upTo))
  })
  const total = weights.reduce((a, b) => a + b)
  return new Map(points.map((z, i) => [z, weights[i]! / total]))
}

describe('private quantiles', () => {
  it('follow the law of the exponential mechanism over the grid', () => {
    const values = [-7, 0.1, 2, 2, 2.2, 3.5, 9, 40]
    const range = { lower: -1, upper: 10.3, gridExponent: -1 }
    const points = Array.from({ length: 23 }, (_, i) => -1 + i / 2)
    const clamped = values.map((x) => Math.round(2 * Math.min(Math.max(x, -1), 10)) / 2)
    for (const [quantile, epsilon, shift] of [
      [0.5, 1, 0],
      [0.3, 0.7, 0],
      [0, 2, 0],
      [1, 3, 0],
      [0.3, 1, -1.5],
      [0, 1, 2.25],
      [1, 2, 5],
    ] as const) {
      const measurement = privateQuantile({ quantile, epsilon, shift, ...range })
      const law = lawOf(clamped, points, quantile, epsilon, shift)
      expect(misfit(7e3, () => measurement.invoke(values), law)).toBeLessThan(1)
    }
  })

  it('give away no more than ε by their law, whatever the rank that is wanted', () => {
    const points = Array.from({ length: 7 }, (_, i) => i)
    const record = fc.integer({ min: 0, max: 6 })
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 8 }),
        record,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: -6, max: 6, noNaN: true }),
        (values, added, quantile, shift) => {
          const one = lawOf(values, points, quantile, 1, shift)
          const other = lawOf([...values, added], points, quantile, 1, shift)
          for (const z of points) {
            const ratio = Math.log(one.get(z)! / other.get(z)!)
            expect(Math.abs(ratio)).toBeLessThanOrEqual(1 + 1e-9)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('of no records are uniform', () => {
    const measurement = privateQuantile({ quantile: 0.5, epsilon: 1, lower: 5, upper: 9, gridExponent: 0 })
    const law = new Map([5, 6, 7, 8, 9].map((z) => [z, 0.2]))
    expect(misfit(2e4, () => measurement.invoke([]), law)).toBeLessThan(1)
  })

  it('lie near the true ones where data are many, on a grid of 2^50 points', () => {
    const values = Float64Array.from({ length: 20_001 }, (_, i) => i / 100)
    const measurement = privateQuantile({
      quantile: 0.9,
      epsilon: 1,
      lower: 0,
      upper: 1024,
      gridExponent: -40,
    })
    // A rank misses by 100 with probability below e^−40.
    expect(Math.abs(measurement.invoke(values) - 180)).toBeLessThan(1.2)
    const same = measurement.invoke(new Float64Array(1000).fill(7))
    expect(same).toBe(7)
  })

  it('are seen to give away no more than stated, and twice the ε is caught', () => {
    // One record goes from the upper end to the lower: the 800 points below the middle miss by one less, the 200 above it by
    // one more.
    const one = [0, 801, 801, 1002]
    const other = [0, 0, 801, 801]
    const range = { quantile: 0.5, lower: 0, upper: 1002, gridExponent: 0 }
    const claim = privateQuantile({ ...range, epsilon: 2 })
    const wrong = privateQuantile({ ...range, epsilon: 4 })
    const side = (answer: number) => Math.sign(answer - 801)
    const bound = (m: typeof claim) =>
      lowerBound(
        () => side(m.invoke(one)),
        () => side(m.invoke(other)),
        2e4,
      )
    expect(bound(claim)).toBeLessThan(claim.map(1).epsilon!)
    expect(bound(wrong)).toBeGreaterThan(claim.map(1).epsilon!)
  })

  it('state ε and ρ = ε²/8, and refuse what is no quantile, range or number', () => {
    const good = { quantile: 0.5, epsilon: 2, lower: 0, upper: 1, gridExponent: -3 }
    expect(privateQuantile(good).map(1)).toMatchObject({ epsilon: 2, rho: 0.5 })
    expect(privateQuantile(good).map(2)).toMatchObject({ epsilon: 4, rho: 2 })
    for (const epsilon of [0, -1, Number.NaN, Infinity]) {
      expect(() => privateQuantile({ ...good, epsilon })).toThrow(/positive and finite/)
    }
    for (const bad of [
      { quantile: 1.1 },
      { quantile: Number.NaN },
      { lower: 2 },
      { upper: Infinity },
      { lower: Number.NaN },
      { shift: Number.NaN },
      { gridExponent: 0.5 },
      { gridExponent: -60 },
    ]) {
      expect(() => privateQuantile({ ...good, ...bad })).toThrow(
        expect.objectContaining({ code: 'usage', hint: expect.any(String) }),
      )
    }
    expect(() => privateQuantile(good).invoke([0.5, Number.NaN])).toThrow(RangeError)
  })
})
