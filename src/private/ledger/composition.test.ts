import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deltaOf } from '../accounting/lossDistribution.ts'
import { discreteLaplaceLoss, laplaceLoss } from '../accounting/release.ts'
import { discreteGaussian, discreteLaplace } from '../mechanisms/noise.ts'
import { stabilityHistogram } from '../mechanisms/stabilityHistogram.ts'
import { isWithin, priceOf, spentOf } from './composition.ts'
import type { Composition } from './compositions.ts'
import { coarserEpsilon, type Spend, spendOf, tightEpsilon } from './spend.ts'

const entry = (losses: readonly Spend[], delta?: number) => ({ losses, ...priceOf(losses, delta) })
const budget = (composition: Composition, epsilon = 1, delta = 1e-6) => ({ composition, epsilon, delta })
const laplace = (scale: number, times = 1): Spend => ({
  kind: 'discrete-laplace',
  scale,
  sensitivity: 1,
  times,
})

describe('spends of a mechanism', () => {
  it('are what its map says, the strongest first', () => {
    expect(spendOf(discreteLaplace({ scale: 2 }).map(3))).toEqual({ kind: 'priced', epsilon: 1.5, delta: 0 })
    expect(spendOf(discreteGaussian({ sigma: 10 }).map(2))).toEqual({ kind: 'concentrated', rho: 0.02 })
    const { kind, ...price } = spendOf(stabilityHistogram({ epsilon: 0.5, delta: 1e-6 }).map(1)) as {
      kind: string
      epsilon: number
      delta: number
    }
    expect(kind).toBe('priced')
    expect(price.epsilon).toBe(0.5)
    expect(price.delta).toBeLessThanOrEqual(1e-6)
    expect(() => spendOf({ renyi: () => 1 })).toThrow(/neither ε, \(ε, δ\) nor ρ/)
  })

  it('of fine grids are bounded by the continuous noise that dominates', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.3, max: 60, noNaN: true }),
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (scale, sensitivity, share) => {
          const exact = [{ release: discreteLaplaceLoss(scale, sensitivity), times: 1 }]
          const bound = [{ release: laplaceLoss(1 / coarserEpsilon(scale, sensitivity)), times: 1 }]
          const epsilon = (share * sensitivity) / scale
          // Both are computed a little high; ten digits are of no matter here.
          expect(deltaOf(exact, epsilon)).toBeLessThanOrEqual(deltaOf(bound, epsilon) * (1 + 1e-4) + 1e-10)
        },
      ),
      { numRuns: 15 },
    )
    const fine = tightEpsilon([{ kind: 'discrete-laplace', scale: 2 ** 21, sensitivity: 2 ** 20 }], 1e-9)
    expect(fine).toBeGreaterThan(0.4999)
    expect(fine).toBeLessThan(0.5001)
  })

  it('count times as so many spends', () => {
    const once = tightEpsilon([laplace(5, 7)], 1e-6)
    expect(tightEpsilon(Array(7).fill(laplace(5)), 1e-6)).toBe(once)
  })
})

describe('composition', () => {
  const many = Array.from({ length: 200 }, () => entry([laplace(20)]))

  it('of a few is the sum, by every rule', () => {
    const few = many.slice(0, 3)
    expect(spentOf(few, budget('sum')).epsilon).toBeCloseTo(0.15, 12)
    expect(spentOf(few, budget('renyi')).epsilon).toBeCloseTo(0.15, 12)
    expect(spentOf(few, budget('fixed')).epsilon).toBeLessThanOrEqual(0.15)
    for (const rule of ['sum', 'renyi', 'fixed'] as const)
      expect(spentOf([], budget(rule))).toEqual({ epsilon: 0, delta: 0 })
  })

  it('of hundreds is less by Rényi divergences, and least with the noise fixed beforehand', () => {
    const [sum, renyi, fixed] = (['sum', 'renyi', 'fixed'] as const).map(
      (rule) => spentOf(many, budget(rule, 4)).epsilon,
    ) as [number, number, number]
    expect(sum).toBeCloseTo(10, 9)
    expect(renyi).toBeLessThan(4.2)
    expect(fixed).toBeLessThan(renyi)
    expect(fixed).toBeGreaterThan(3)
  })

  it('by Rényi divergences keeps half of δ for what may fail', () => {
    const leaky = (delta: number) => [...many, entry([{ kind: 'priced', epsilon: 0.1, delta }])]
    expect(isWithin(spentOf(leaky(4e-7), budget('renyi', 5)), budget('renyi', 5))).toBe(true)
    expect(isWithin(spentOf(leaky(6e-7), budget('renyi', 5)), budget('renyi', 5))).toBe(false)
  })

  it('adds ρ, and prices it once', () => {
    const rho = (value: number): Spend => ({ kind: 'concentrated', rho: value })
    expect(tightEpsilon([rho(0.01), rho(0.02)], 1e-6)).toBeCloseTo(tightEpsilon([rho(0.03)], 1e-6), 12)
    const wide: Spend = { kind: 'discrete-gaussian', sigma: 1e6, sensitivity: 1e5 }
    expect(tightEpsilon([wide], 1e-6)).toBeCloseTo(tightEpsilon([rho(0.005)], 1e-6), 9)
    const both = tightEpsilon([rho(0.01), laplace(10)], 1e-6)
    expect(both).toBeGreaterThan(tightEpsilon([rho(0.01)], 1e-6))
    expect(both).toBeLessThan(tightEpsilon([rho(0.01)], 5e-7) + 0.1 + 1e-3)
  })

  it('by loss distributions is broken by choosing the noise after an answer: hence "fixed" only where it is fixed', () => {
    // First randomised response, ε = 0.1. If the answer was the likelier one, more ε; if not, a leak of probability δ.
    const likely = (epsilon: number) => 1 / (1 + Math.exp(-epsilon))
    const first: Spend = { kind: 'priced', epsilon: 0.1, delta: 0 }
    const delta = 1e-6
    const excess = -Math.log1p(-delta / (likely(0.1) * likely(0.9)))
    const second: Spend = { kind: 'priced', epsilon: 0.9 + excess * (1 - 1e-3), delta: 0 }
    const other: Spend = { kind: 'priced', epsilon: 0.5, delta: delta * (1 - 1e-3) }
    for (const chosen of [second, other])
      expect(isWithin(spentOf([entry([first]), entry([chosen])], budget('fixed')), budget('fixed'))).toBe(
        true,
      )
    // What the pair of choices leaks beyond ε = 1, summed over both branches by hand.
    const high = likely(0.1) * likely(second.epsilon) * -Math.expm1(0.9 - second.epsilon)
    const low = (1 - likely(0.1)) * other.delta
    expect((high + low) / delta).toBeCloseTo(1.47, 2)
    // A sum sees through it: the two prices do not fit, whichever is chosen.
    expect(isWithin(spentOf([entry([first]), entry([second])], budget('sum')), budget('sum'))).toBe(false)
  })
})
