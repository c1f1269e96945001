// Votes, tails, answers and their prices: against sums over all outcomes, and with planted faults.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pureCurve } from '../accounting/convert.ts'
import { lowerBound, misfit } from '../mechanisms/testing.ts'
import { type ConfidentAggregation, confidentGnmax, noisyMax } from './aggregate.ts'
import { likelyDivergence, likelyPureDivergence, twoSteps } from './divergence.ts'
import { exactPrice, winningChances } from './exact.ts'
import { logGaussianOvertakes, logGaussianReaches, logLaplaceOvertakes } from './tails.ts'
import { disjointParts, tally } from './votes.ts'

/** Masses of discrete noise on −far … far. */
function masses(weight: (x: number) => number, far: number): Float64Array {
  const own = Float64Array.from({ length: 2 * far + 1 }, (_, i) => weight(i - far))
  const total = own.reduce((a, b) => a + b, 0)
  return own.map((p) => p / total)
}

/** P[X − Y ≥ gap], summed over all pairs. */
function overtakes(mass: Float64Array, gap: number): number {
  let sum = 0
  for (let x = 0; x < mass.length; x++)
    for (let y = 0; y <= Math.min(mass.length - 1, x - gap); y++) sum += mass[x]! * mass[y]!
  return sum
}

const votesOf = (classes: number, most: number) =>
  fc.array(fc.integer({ min: 0, max: most }), { minLength: classes, maxLength: classes })

describe('parts and votes', () => {
  it('every row goes to one teacher, whatever rows there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 200 }), (teachers, more) => {
        const parts = disjointParts(teachers + more, teachers)
        expect(parts.flatMap((part) => [...part]).sort((a, b) => a - b)).toEqual(
          Array.from({ length: teachers + more }, (_, i) => i),
        )
        const sizes = parts.map((part) => part.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
    // A row more moves no other row to another teacher.
    expect(disjointParts(11, 3).map((part) => [...part].filter((r) => r < 10))).toEqual(
      disjointParts(10, 3).map((part) => [...part]),
    )
  })

  it('counts, and refuses what is no vote', () => {
    expect(tally(Uint8Array.of(2, 0, 2, 1), 4)).toEqual([1, 1, 2, 0])
    expect(() => tally([4], 4)).toThrow(RangeError)
    expect(() => disjointParts(3, 4)).toThrow('for each teacher')
    expect(() => noisyMax({ scale: 1 }).invoke([3])).toThrow(RangeError)
    expect(() => confidentGnmax({ threshold: 0.5, sigmaThreshold: 1, sigma: 1 })).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining('threshold') }),
    )
    expect(() => confidentGnmax({ threshold: 5, sigmaThreshold: 1, sigma: 0 })).toThrow('sigma')
  })
})

describe('tails of discrete noise', () => {
  it.each([0.4, 1, 2.5, 12])('are the sums over all pairs, at %d', (scale) => {
    const gaussian = masses((x) => Math.exp(-0.5 * (x / scale) ** 2), Math.ceil(14 * scale) + 8)
    const laplace = masses((x) => Math.exp(-Math.abs(x) / scale), Math.ceil(45 * scale) + 8)
    const far = (gaussian.length - 1) / 2
    for (const gap of [-3, 0, 1, 2, 5]) {
      expect(logGaussianOvertakes(gap, scale)).toBeCloseTo(Math.log(overtakes(gaussian, gap)), 11)
      expect(logLaplaceOvertakes(gap, scale)).toBeCloseTo(Math.log(overtakes(laplace, gap)), 11)
      const reached = gaussian.slice(gap + far).reduce((a, b) => a + b, 0)
      expect(logGaussianReaches(gap, scale)).toBeCloseTo(Math.log(reached), 11)
    }
  })

  it('stay finite where doubles end, and below the sub-Gaussian bound', () => {
    expect(logGaussianOvertakes(250, 1)).toBeLessThan(-(250 ** 2) / 4)
    expect(logGaussianOvertakes(250, 1)).toBeGreaterThan(-(250 ** 2) / 4 - 3)
    expect(logGaussianReaches(2000, 2)).toBeCloseTo(-500_000 - Math.log(2 * Math.sqrt(2 * Math.PI)), 6)
  })
})

describe('likely answers', () => {
  it('cost more the less likely they are, and never more than always', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -60, max: -0.01, noNaN: true }),
        fc.double({ min: 0, max: 20, noNaN: true }),
        fc.double({ min: 1.01, max: 60, noNaN: true }),
        fc.double({ min: 0.5, max: 60, noNaN: true }),
        (logQ, less, order, sigma) => {
          const slope = 1 / sigma ** 2
          const [low, high] = [logQ - less, logQ].map((q) => likelyDivergence(q, slope, order))
          expect(low!).toBeLessThanOrEqual(high! + 1e-10)
          expect(high).toBeLessThanOrEqual(slope * order * (1 + 1e-12))
          const pure = likelyPureDivergence(logQ, slope, order)
          expect(likelyPureDivergence(logQ - less, slope, order)).toBeLessThanOrEqual(pure + 1e-10)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('of pure ε meet randomised response where it is reached', () => {
    const epsilon = 0.7
    const most = -Math.log1p(Math.exp(epsilon))
    expect(likelyPureDivergence(most - 1e-9, epsilon, 5)).toBeCloseTo(pureCurve(epsilon)(5), 7)
  })

  it('two steps: a sum over all outcomes', () => {
    const [p, q, second, order] = [0.3, 0.35, 0.2, 4]
    const logs = (x: number) => [Math.log(x), Math.log1p(-x)] as const
    const moment =
      p ** order * q ** (1 - order) * Math.exp((order - 1) * second) +
      (1 - p) ** order * (1 - q) ** (1 - order)
    expect(twoSteps(logs(p), logs(q), second, order)).toBeCloseTo(Math.log(moment) / (order - 1), 10)
  })
})

const small = fc.record({
  votes: votesOf(3, 12),
  threshold: fc.integer({ min: 0, max: 14 }),
  sigmaThreshold: fc.double({ min: 0.6, max: 6, noNaN: true }),
  sigma: fc.double({ min: 0.6, max: 6, noNaN: true }),
  order: fc.double({ min: 1.05, max: 40, noNaN: true }),
})
type Small = typeof small extends fc.Arbitrary<infer T> ? T : never

/** Whether a price bounds the true divergence in this case. */
const bounds = (one: Small, price: (own: ConfidentAggregation) => number): boolean => {
  const own = confidentGnmax(one)
  return price(own) >= exactPrice(own, one.votes)(one.order)
}

describe('prices of Confident-GNMax', () => {
  it('lie between the true divergence and what holds for all votes', () => {
    fc.assert(
      fc.property(small, (one) => {
        const own = confidentGnmax(one)
        const price = own.price(one.votes)(one.order)
        expect(price).toBeLessThanOrEqual(own.map(1).renyi!(one.order))
        expect(price).toBeGreaterThanOrEqual(exactPrice(own, one.votes)(one.order))
      }),
      { numRuns: 300 },
    )
  })

  it('a price that forgets the check, or takes q for a tenth of what it is, is caught', () => {
    const caught = (price: (own: ConfidentAggregation, one: Small) => number) =>
      fc.check(
        fc.property(small, (one) => bounds(one, (own) => price(own, one))),
        { numRuns: 2000 },
      ).failed
    expect(caught((own, one) => own.price(one.votes)(one.order) * 0.5)).toBe(true)
    const unchecked = (one: Small) =>
      confidentGnmax({ ...one, threshold: -100, sigmaThreshold: 1 }).price(one.votes)(one.order)
    expect(caught((_, one) => unchecked(one))).toBe(true)
    const firstOf = (votes: readonly number[]) => [...votes].sort((a, b) => b - a) as [number, number, number]
    expect(
      caught((own, one) => {
        const [a, b, c] = firstOf(one.votes)
        const q = Math.exp(own.logOvertakes(a - b)) + Math.exp(own.logOvertakes(a - c))
        return own.priceOf(a, Math.log(q / 10), one.order)
      }),
    ).toBe(true)
  })

  it('fall with agreement to far below what holds for all votes', () => {
    const own = confidentGnmax({ threshold: -100, sigmaThreshold: 1, sigma: 40 })
    const selection = 10 / 40 ** 2
    expect(own.price([245, 3, 2])(10)).toBeLessThan(selection / 50)
    expect(own.price([126, 124, 0])(10)).toBeCloseTo(selection, 8)
  })
})

describe('the exact price', () => {
  // By an independent computation in 60 digits (mpmath): laws as sums over ±60σ, moments over all neighbours.
  it.each([
    [[95, 5], 1, 50, 30, 20.568427048762],
    [[95, 5], 1, -100, 30, 20.568427048762],
    [[60, 40], 1, 10, 8, 6.0692143966429],
    [[95, 3, 2], 1.5, 50, 12, 2.9761396640289e-12],
    [[12, 11, 0], 2, 5, 6, 0.74628976717545],
  ] as const)('of %j at σ = %d, threshold %i, order %i', (votes, sigma, threshold, order, truth) => {
    const own = confidentGnmax({ threshold, sigmaThreshold: 5, sigma })
    const price = exactPrice(own, votes)(order)
    // What the logarithms of the check may have lost is added.
    expect(price).toBeGreaterThanOrEqual(truth * (1 - 1e-11))
    expect(price).toBeLessThan(truth * (1 + 1e-11) + 1e-12)
    expect(own.price(votes)(order)).toBeGreaterThanOrEqual(truth)
  })

  it('of gaps whose chances no double holds is not that of a class which never wins', () => {
    const own = confidentGnmax({ threshold: 50, sigmaThreshold: 5, sigma: 1 })
    // As it was: chances as doubles, where 10⁻⁸⁷⁹ is 0 and its part of the moment left out.
    const chances = winningChances([95, 5], 1)
    expect(chances[1]).toBe(0)
    const before = (order: number) => Math.max(0, Math.log(chances[0]! ** order) / (order - 1))
    expect(before(30)).toBe(0)
    expect(exactPrice(own, [95, 5])(30)).toBeGreaterThan(20)
    expect(exactPrice(own, [950, 5])(30)).toBeLessThan(own.map(1).renyi!(30))
  })

  it('tails of little noise end, and are not lost', () => {
    expect(logGaussianOvertakes(1, 0.001)).toBeCloseTo(-500_000 + Math.log(2), 6)
    expect(logGaussianOvertakes(2, 0.001)).toBeCloseTo(-1_000_000, 6)
    expect(() => confidentGnmax({ threshold: 5, sigmaThreshold: 1, sigma: 1e-9 })).toThrow('sigma')
  })
})

describe('answers', () => {
  it('come out as their law says', () => {
    const own = confidentGnmax({ threshold: 6, sigmaThreshold: 2, sigma: 3 })
    const votes = [7, 8, 2, 3]
    const chances = winningChances(votes, 3)
    expect(chances.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
    const yes = Math.exp(logGaussianReaches(-2, 2))
    const cells = new Map([...chances].map((p, i) => [i, p * yes] as const))
    expect(misfit(40_000, () => own.invoke(votes) ?? -1, cells)).toBeLessThan(1)
    // Planted: the law of noise that is a tenth larger.
    const wrong = new Map([...winningChances(votes, 3.3)].map((p, i) => [i, p * yes] as const))
    expect(misfit(40_000, () => own.invoke(votes) ?? -1, wrong)).toBeGreaterThan(1)
  })

  it('of the noisy maximum give away no more than ε, and too little noise is caught', () => {
    const draws = (scale: number) => {
      const own = noisyMax({ scale })
      return lowerBound(
        () => own.invoke([5, 5]) as number,
        () => own.invoke([4, 6]) as number,
        40_000,
      )
    }
    const { epsilon } = noisyMax({ scale: 4 }).map(1)
    expect(epsilon).toBe(0.5)
    expect(draws(4)).toBeLessThan(epsilon!)
    expect(draws(1)).toBeGreaterThan(epsilon!)
  })

  it('the noisy maximum: its price is below pure ε, and above the divergence of its outcomes', () => {
    const scale = 3
    const own = noisyMax({ scale })
    const mass = masses((x) => Math.exp(-Math.abs(x) / scale), 200)
    // Two classes: the second wins where Y − X ≥ gap + 1.
    const law = (a: number, b: number) => overtakes(mass, a - b + 1)
    for (const [a, b] of [
      [9, 1],
      [6, 4],
      [20, 0],
    ] as const)
      for (const order of [2, 8, 30]) {
        const [p, q] = [law(a, b), law(a - 1, b + 1)]
        const moment = p ** order * q ** (1 - order) + (1 - p) ** order * (1 - q) ** (1 - order)
        const price = own.price([a, b])(order)
        expect(price).toBeGreaterThanOrEqual(Math.log(moment) / (order - 1))
        expect(price).toBeLessThanOrEqual(own.map(1).renyi!(order) * (1 + 1e-9))
      }
  })
})
