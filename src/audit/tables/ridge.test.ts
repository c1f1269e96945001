import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import { fitLeastSquares, fitRidge } from './ridge.ts'

const gaussian = (rows: number, columns: number, seed: number) => {
  const random = seededStream(seed, 'ridge')
  return Array.from({ length: columns }, () => Float64Array.from({ length: rows }, () => random.normal()))
}

const combined = (inputs: readonly Float64Array[], weights: readonly number[], offset: number) =>
  Float64Array.from(inputs[0]!, (_, r) => weights.reduce((sum, w, j) => sum + w * inputs[j]![r]!, offset))

describe('least squares', () => {
  it('is exact on a linear map from one row more than columns, at any scale', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 30 }),
        fc.integer(),
        (columns, more, seed) => {
          const inputs = gaussian(columns + 1 + more + 20, columns, seed).map((c, j) =>
            c.map((x) => 10 ** j * x + 5),
          )
          const weights = inputs.map((_, j) => (j + 1) * 10 ** -j)
          const target = combined(inputs, weights, -3)
          const head = (c: Float64Array) => c.subarray(0, columns + 1 + more)
          const tail = (c: Float64Array) => c.subarray(columns + 1 + more)
          const [guess] = fitLeastSquares(inputs.map(head), [head(target)]).predict(inputs.map(tail))
          tail(target).forEach((x, r) => {
            expect(Math.abs(guess![r]! - x)).toBeLessThan(1e-8 * (1 + Math.abs(x)))
          })
        },
      ),
      { numRuns: 30 },
    )
  })

  it('takes the shortest solution where the rows leave several: both halves of a doubled column', () => {
    const [x] = gaussian(10, 1, 1) as [Float64Array]
    const [guess] = fitLeastSquares([x, x], [x]).predict([Float64Array.of(1), Float64Array.of(0)])
    expect(guess![0]!).toBeCloseTo(0.5, 10)
  })

  it('answers the mean for columns without variance', () => {
    const line = fitLeastSquares([new Float64Array(4)], [Float64Array.of(1, 2, 3, 6)])
    expect(line.predict([Float64Array.of(9)])[0]![0]).toBe(3)
  })
})

describe('the penalised line', () => {
  it('has the closed form of ridge regression at the penalty that it chose', () => {
    // One input of unit variance: slope = cov · s² / (s² + λ); so shrunk towards 0, never beyond.
    const inputs = gaussian(40, 1, 3)
    const noise = gaussian(40, 1, 4)[0]!
    const target = inputs[0]!.map((x, r) => x + noise[r]!)
    const slope = (fit: typeof fitRidge) => {
      const [at] = fit(inputs, [target]).predict([Float64Array.of(0, 1)])
      return at![1]! - at![0]!
    }
    const ratio = slope(fitRidge) / slope(fitLeastSquares)
    const penalty = 1 / ratio - 1
    const candidates = [10, 1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10, 1e-14]
    expect(Math.min(...candidates.map((c) => Math.abs(c - penalty) / c))).toBeLessThan(1e-1)
  })

  it('does better than least squares on other rows where noise has many columns', () => {
    const inputs = gaussian(230, 20, 5)
    const target = combined(inputs, [1], 0).map((x, r) => x + 2 * gaussian(230, 1, 6)[0]![r]!)
    const head = (c: Float64Array) => c.subarray(0, 30)
    const tail = (c: Float64Array) => c.subarray(30)
    const error = (fit: typeof fitRidge) => {
      const [guess] = fit(inputs.map(head), [head(target)]).predict(inputs.map(tail))
      return tail(target).reduce((sum, x, r) => sum + (guess![r]! - x) ** 2 / 200, 0)
    }
    expect(error(fitRidge)).toBeLessThan(0.8 * error(fitLeastSquares))
  })

  it('is the mean, nearly, where nothing is to be learned', () => {
    const [inputs, target] = [gaussian(100, 3, 7), gaussian(100, 1, 8)[0]!]
    const [guess] = fitRidge(inputs, [target]).predict(gaussian(50, 3, 9))
    expect(Math.max(...guess!) - Math.min(...guess!)).toBeLessThan(0.5)
  })
})

describe('the expected error', () => {
  it('is what other rows show, on average over draws', () => {
    let [expected, seen] = [0, 0]
    const draws = 200
    for (let draw = 0; draw < draws; draw++) {
      const inputs = gaussian(60, 5, 100 + draw)
      const noise = gaussian(60, 1, 5000 + draw)[0]!
      const target = combined(inputs, [1, 1], 0).map((x, r) => x + noise[r]!)
      const head = (c: Float64Array) => c.subarray(0, 20)
      const known = head(target)
      const mean = known.reduce((sum, x) => sum + x / 20, 0)
      const variance = known.reduce((sum, x) => sum + (x - mean) ** 2 / 20, 0)
      const line = fitLeastSquares(inputs.map(head), [known])
      const [guess] = line.predict(inputs.map((c) => c.subarray(20)))
      expected += (line.expected * variance) / draws
      seen += target.subarray(20).reduce((sum, x, r) => sum + (guess![r]! - x) ** 2 / 40, 0) / draws
    }
    expect(Math.abs(expected / seen - 1)).toBeLessThan(0.1)
  })

  it('is infinite for a line that passes through every row for want of rows', () => {
    expect(fitLeastSquares(gaussian(4, 6, 1), gaussian(4, 1, 2)).expected).toBe(Number.POSITIVE_INFINITY)
    expect(fitRidge(gaussian(2, 6, 1), gaussian(2, 1, 2)).expected).toBe(Number.POSITIVE_INFINITY)
    expect(fitRidge(gaussian(5, 6, 1), gaussian(5, 1, 2)).expected).toBeLessThan(Number.POSITIVE_INFINITY)
  })
})

it('wants two rows', () => {
  expect(() => fitRidge([Float64Array.of(1)], [Float64Array.of(1)])).toThrow('two rows or more, but 1 came')
})
