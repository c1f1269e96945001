import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededStream } from '../../../random/seeded.ts'
import { tableOf } from '../models/testing.ts'
import { fitPitman, pitmanUniques } from './pitman.ts'
import { digamma, logGamma, trigamma } from './polygamma.ts'
import { sampleOf } from './sample.ts'
import {
  expectedOnes,
  expectedTwos,
  fitSlideNegativeBinomial,
  shlosserClasses,
  slideNegativeBinomialUniques,
} from './slideNegativeBinomial.ts'
import { estimateUniques } from './uniques.ts'
import { zayatzUniques } from './zayatz.ts'

/** So many classes of each size: [[1, 50], [2, 20]]. */
const sampleOfCounts = (counts: readonly (readonly [size: number, classes: number])[], population: number) =>
  sampleOf(
    tableOf(counts.flatMap(([size, classes]) => Array.from({ length: classes }, () => size))),
    population,
  )

const skewed = [
  [1, 500],
  [2, 120],
  [3, 50],
  [5, 20],
  [9, 10],
  [40, 3],
] as const
const skewedRows = skewed.reduce((sum, [size, classes]) => sum + size * classes, 0)

describe('ln Γ and its derivatives', () => {
  it('are what is known of them', () => {
    const gamma = 0.5772156649015329
    expect(digamma(1)).toBeCloseTo(-gamma, 14)
    expect(digamma(0.5)).toBeCloseTo(-gamma - 2 * Math.LN2, 13)
    expect(trigamma(1)).toBeCloseTo(Math.PI ** 2 / 6, 13)
    expect(trigamma(0.5)).toBeCloseTo(Math.PI ** 2 / 2, 12)
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13)
    expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 12)
  })

  it('hold their recurrences over the whole range', () => {
    fc.assert(
      fc.property(fc.double({ min: -6, max: 9, noNaN: true }), (exponent) => {
        const x = 10 ** exponent
        // What is added is the largest term where x is small, and its last digits are lost.
        const near = (a: number, b: number, added: number) =>
          expect(Math.abs(a - b - added)).toBeLessThan(1e-13 * (1 + Math.abs(a) + 10 * Math.abs(added)))
        near(digamma(x + 1), digamma(x), 1 / x)
        near(trigamma(x), trigamma(x + 1), 1 / x ** 2)
        near(logGamma(x + 1), logGamma(x), Math.log(x))
      }),
    )
  })
})

describe('Zayatz', () => {
  it('is the sum that it says, with probabilities counted subset by subset', () => {
    // Of all ways to draw 4 of 7 people, how many draw exactly one of the first `size`.
    const probability = (size: number) => {
      let [one, all] = [0, 0]
      for (let drawn = 0; drawn < 2 ** 7; drawn++) {
        const bits = [...drawn.toString(2).padStart(7, '0')].map(Number)
        if (bits.reduce((sum, bit) => sum + bit, 0) !== 4) continue
        all++
        if (bits.slice(0, size).reduce((sum, bit) => sum + bit, 0) === 1) one++
      }
      return one / all
    }
    const estimate = zayatzUniques(
      sampleOfCounts(
        [
          [1, 2],
          [2, 1],
        ],
        7,
      ),
    )
    expect(estimate).toBeCloseTo(4 / (2 * probability(1) + probability(2)), 12)
  })

  it('is not monotone: two classes as one may raise it (ARX takes it for monotone)', () => {
    const before = zayatzUniques(
      sampleOfCounts(
        [
          [1, 4],
          [3, 2],
        ],
        14,
      ),
    )
    const after = zayatzUniques(
      sampleOfCounts(
        [
          [1, 4],
          [6, 1],
        ],
        14,
      ),
    )
    expect(after).toBeGreaterThan(before)
  })
})

describe('Pitman', () => {
  /** Pitman's sampling formula, as sums. */
  const likelihood = (theta: number, alpha: number) => {
    let sum = 0
    const classes = skewed.reduce((n, [, count]) => n + count, 0)
    for (let i = 1; i < classes; i++) sum += Math.log(theta + i * alpha)
    for (let i = 1; i < skewedRows; i++) sum -= Math.log(theta + i)
    for (const [size, count] of skewed) for (let i = 1; i < size; i++) sum += count * Math.log(i - alpha)
    return sum
  }

  it('finds the likelihood’s maximum', () => {
    const { theta, alpha } = fitPitman(sampleOfCounts(skewed, 1e5))!
    const best = likelihood(theta, alpha)
    for (const [byTheta, byAlpha] of [
      [1e-3, 0],
      [-1e-3, 0],
      [0, 1e-4],
      [0, -1e-4],
      [1e-3, 1e-4],
      [-1e-3, 1e-4],
    ] as const) {
      expect(likelihood(theta * (1 + byTheta), alpha + byAlpha)).toBeLessThan(best)
    }
  })

  it('finds again what it was drawn from, to the error of one draw', () => {
    // The sampling formula seen one row after the other: a class of j has weight j − α, a new one θ + (classes)·α.
    const [theta, alpha, rows] = [30, 0.6, 20_000]
    const random = seededStream(1, 'Pitman')
    const sizes: number[] = []
    const classOfRow: number[] = []
    for (let n = 0; n < rows; n++) {
      const fresh = (theta + sizes.length * alpha) / (theta + n)
      if (n === 0 || random.uniform() < fresh) {
        classOfRow.push(sizes.push(1) - 1)
        continue
      }
      // A row of the past is as likely as any, and its class is kept with (j − α)/j.
      for (;;) {
        const chosen = classOfRow[Math.floor(random.uniform() * n)]!
        if (random.uniform() >= (sizes[chosen]! - alpha) / sizes[chosen]!) continue
        sizes[chosen]!++
        classOfRow.push(chosen)
        break
      }
    }
    const fit = fitPitman(sampleOf(tableOf(sizes), 1e6))!
    expect(fit.alpha).toBeGreaterThan(alpha - 0.03)
    expect(fit.alpha).toBeLessThan(alpha + 0.03)
    expect(fit.theta).toBeGreaterThan(theta / 2)
    expect(fit.theta).toBeLessThan(theta * 2)
  })

  it('has no fit where all are alone, and Ewens’ where α would be negative', () => {
    expect(pitmanUniques(sampleOfCounts([[1, 50]], 1000))).toBeUndefined()
    // Classes more alike in size than Ewens': the likelihood falls from α = 0 on.
    const even = fitPitman(
      sampleOfCounts(
        [
          [1, 5],
          [9, 30],
          [10, 30],
          [11, 30],
        ],
        1e5,
      ),
    )!
    expect(even.alpha).toBeLessThan(1e-8)
    expect(even.theta).toBeGreaterThan(0)
  })

  it('does not care how many classes there are for which sums it takes', () => {
    // 199 and 200 classes lie on either side of closed forms.
    const at = (pairs: number) =>
      fitPitman(
        sampleOfCounts(
          [
            [1, 100],
            [2, pairs],
            [7, 40],
          ],
          1e5,
        ),
      )!
    const [below, above, beyond] = [at(59), at(60), at(61)]
    expect(above.alpha - below.alpha).toBeCloseTo(beyond.alpha - above.alpha, 4)
    expect(above.theta - below.theta).toBeCloseTo(beyond.theta - above.theta, 1)
  })
})

describe('slide negative binomial', () => {
  it('its means are sums over the law that they are means of', () => {
    const [classes, drawn, alpha, beta] = [1000, 0.3, 0.7, 0.2]
    let [ones, twos, probability] = [0, 0, beta ** alpha]
    for (let m = 0; m < 2000; m++) {
      const size = m + 1
      ones += classes * probability * size * drawn * (1 - drawn) ** m
      if (m > 0) twos += (classes * probability * size * m * drawn ** 2 * (1 - drawn) ** (m - 1)) / 2
      probability *= ((alpha + m) / (m + 1)) * (1 - beta)
    }
    expect(expectedOnes(classes, drawn, alpha, beta)).toBeCloseTo(ones, 8)
    expect(expectedTwos(classes, drawn, alpha, beta)).toBeCloseTo(twos, 8)
  })

  it('solves both equations, in samples of its own law', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 0.9, noNaN: true }),
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        // From 0.2 on a class of more than 60 is one in a million.
        fc.double({ min: 0.2, max: 0.9, noNaN: true }),
        (drawn, alpha, beta) => {
          // Mean counts of classes by the size drawn, of a million classes: sizes up to where the law has a millionth left.
          const counts = new Float64Array(60)
          let probability = beta ** alpha
          for (let m = 0; m < 400; m++) {
            let binomial = (1 - drawn) ** (m + 1)
            for (let size = 1; size <= Math.min(m + 1, 60); size++) {
              binomial *= ((m + 2 - size) / size) * (drawn / (1 - drawn))
              counts[size - 1]! += 1e6 * probability * binomial
            }
            probability *= ((alpha + m) / (m + 1)) * (1 - beta)
          }
          const found = counts.map(Math.round)
          const rows = found.reduce((sum, count, i) => sum + count * (i + 1), 0)
          const sample = {
            sizes: Float64Array.from(found.keys(), (i) => i + 1),
            counts: found,
            classes: found.reduce((sum, count) => sum + count, 0),
            rows,
            population: rows / drawn,
          }
          fc.pre(found[0]! > 1000 && found[1]! > 1000)
          for (const fit of fitSlideNegativeBinomial(sample)) {
            expect(expectedOnes(fit.classes, drawn, fit.alpha, fit.beta) / found[0]!).toBeCloseTo(1, 8)
            expect(expectedTwos(fit.classes, drawn, fit.alpha, fit.beta) / found[1]!).toBeCloseTo(1, 8)
          }
          // Where enough of the classes are seen, Shlosser counts them, and the law is found again.
          if (drawn > 0.6) {
            const uniques = slideNegativeBinomialUniques(sample)!
            expect(shlosserClasses(sample) / 1e6).toBeCloseTo(1, 1)
            expect(uniques / (1e6 * beta ** alpha)).toBeGreaterThan(0.7)
            expect(uniques / (1e6 * beta ** alpha)).toBeLessThan(1.4)
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  it('has no estimate without a class of two, and everybody’s when everybody was drawn', () => {
    expect(
      slideNegativeBinomialUniques(
        sampleOfCounts(
          [
            [1, 9],
            [3, 2],
          ],
          100,
        ),
      ),
    ).toBeUndefined()
    expect(
      slideNegativeBinomialUniques(
        sampleOfCounts(
          [
            [1, 9],
            [2, 3],
          ],
          15,
        ),
      ),
    ).toBe(9)
  })
})

describe('Dankar’s rule', () => {
  it('takes Pitman up to a tenth, and the lower of the others above', () => {
    const tenth = sampleOfCounts(skewed, 10 * skewedRows)
    expect(estimateUniques(tenth, 'Dankar')).toEqual({ uniques: pitmanUniques(tenth), by: 'Pitman' })
    const more = sampleOfCounts(skewed, 10 * skewedRows - 1)
    const lower = Math.min(zayatzUniques(more), slideNegativeBinomialUniques(more)!)
    expect(estimateUniques(more, 'Dankar').uniques).toBe(lower)
  })

  it('nobody alone in the sample is nobody alone; no fit is no estimate', () => {
    for (const model of ['Dankar', 'Pitman', 'Zayatz', 'SNB'] as const) {
      expect(estimateUniques(sampleOfCounts([[2, 40]], 1000), model).uniques).toBe(0)
    }
    expect(estimateUniques(sampleOfCounts([[1, 40]], 4000), 'Dankar').uniques).toBeUndefined()
  })

  it('a population smaller than its sample is refused', () => {
    expect(() => sampleOfCounts([[1, 40]], 39)).toThrow('the population has 39 people, and the table 40 rows')
  })
})
