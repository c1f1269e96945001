import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../random/source.ts'
import { drawDiscreteLaplace } from '../mechanisms/exactRandom.ts'
import { rational } from '../mechanisms/rational.ts'
import { stabilityHistogram } from '../mechanisms/stabilityHistogram.ts'
import { couldBe, halfWidth, laplaceTail, wholeHalfWidth } from './errorBars.ts'
import { privateThreshold } from './keys.ts'

/** P[|Σ| ≥ x] of m Laplace variables by a plain convolution on a fine grid. */
function tailByGrid(m: number, x: number): number {
  const step = 0.05
  const reach = 300
  const one = Array.from(
    { length: 2 * reach + 1 },
    (_, i) => (step / 2) * Math.exp(-Math.abs(i - reach) * step),
  )
  let all = one
  for (let turn = 1; turn < m; turn++) {
    const next = new Array<number>(2 * reach + 1).fill(0)
    for (let i = 0; i <= 2 * reach; i++)
      for (let j = Math.max(0, i - reach); j <= Math.min(2 * reach, i + reach); j++)
        next[i]! += all[j]! * one[i - j + reach]!
    all = next
  }
  return all.reduce((sum, mass, i) => (Math.abs(i - reach) * step >= x ? sum + mass : sum), 0)
}

const laplace = (scale: number) => ({ law: 'laplace' as const, scale })

describe('error bars', () => {
  it('have the tails of sums of Laplace variables', () => {
    for (const m of [1, 2, 3])
      for (const x of [0.525, 2.025, 5.025])
        expect(laplaceTail(m, x), `${m} at ${x}`).toBeCloseTo(tailByGrid(m, x), 2)
    expect(laplaceTail(4, 0)).toBeCloseTo(1, 12)
    // Closed forms: e^−x, e^−x (1 + x/2), e^−x (1 + 5x/8 + x²/8).
    expect(laplaceTail(1, 3)).toBeCloseTo(Math.exp(-3), 14)
    expect(laplaceTail(2, 3)).toBeCloseTo(Math.exp(-3) * 2.5, 14)
    expect(laplaceTail(3, 3)).toBeCloseTo(Math.exp(-3) * (1 + 15 / 8 + 9 / 8), 14)
  })

  it('are exact for one integer', () => {
    for (const scale of [0.3, 2, 17.5])
      for (const level of [0.5, 0.9, 0.95, 0.999]) {
        const r = Math.exp(-1 / scale)
        const outside = (h: number) => (2 * r ** (h + 1)) / (1 + r)
        const h = wholeHalfWidth(laplace(scale), level)
        expect(outside(h)).toBeLessThanOrEqual((1 - level) * (1 + 1e-9))
        if (h > 0) expect(outside(h - 1)).toBeGreaterThan((1 - level) * (1 - 1e-9))
      }
  })

  it('are nearly the same by partial fractions where weights are nearly the same, and never shorter', () => {
    for (const level of [0.8, 0.95, 0.999]) {
      const same = halfWidth([1, 1, 1], laplace(10), 0, level)
      const near = halfWidth([1, 1.0001, 0.9999], laplace(10), 0, level)
      expect(near).toBeGreaterThanOrEqual(same * (1 - 1e-9))
      expect(near).toBeLessThan(same * 1.01)
      expect(halfWidth([2, 0, 0], laplace(10), 0, level)).toBeCloseTo(-20 * Math.log(1 - level), 6)
    }
  })

  it('hold for drawn noise of any weights, at their rate', () => {
    const draws = 3000
    for (const [weights, scale] of [
      [[1, -1], 4],
      [[0.3, 0.7], 0.8],
      [[0.25, -0.1, 0.6], 12],
      [[1, 1, 1], 3],
    ] as const) {
      const h = halfWidth(weights, laplace(scale), 1, 0.9)
      const exact = rational(BigInt(Math.round(scale * 10)), 10n)
      let held = 0
      for (let i = 0; i < draws; i++) {
        const sum = weights.reduce((x, w) => x + w * Number(drawDiscreteLaplace(exact, systemRandom)), 0)
        if (Math.abs(sum) <= h) held++
        if (i < 50) expect(couldBe(sum, weights, laplace(scale), 1, 0.9)).toBe(Math.abs(sum) <= h)
      }
      // Five standard deviations: a false alarm in three million. Bars of coarse steps may hold more often.
      expect(held / draws).toBeGreaterThan(0.9 - 5 * Math.sqrt(0.09 / draws))
      if (scale > 3) expect(held / draws).toBeLessThan(0.94)
    }
  })
})

describe('the threshold of private keys', () => {
  it('is that of the stability histogram for plain counts', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 4, noNaN: true }),
        fc.constantFrom(1e-4, 1e-6, 1e-9),
        (e, delta) => {
          const release = {
            kind: 'moments' as const,
            values: undefined,
            degree: 0 as const,
            missing: false,
            epsilon: rational(BigInt(Math.round(e * 1000)), 1000n),
          }
          const least = privateThreshold(release, [], { rows: 1, groups: 1 }, delta)
          const reference = stabilityHistogram({ epsilon: release.epsilon, delta })
          expect(BigInt(least)).toBe(reference.threshold)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('keeps a unit alone in its groups from being told, for noise of several cells', () => {
    const release = {
      kind: 'moments' as const,
      values: 0,
      degree: 1 as const,
      missing: true,
      epsilon: rational(1n),
    }
    const steps = 100n
    const values = [{ sql: 'x', label: 'x', whole: true, grid: { exponent: 0, low: 0n, steps } }]
    const perUnit = { rows: 2, groups: 3 }
    const delta = 0.3
    const least = privateThreshold(release, values, perUnit, delta)
    const scale = rational(600n)
    const draws = 20_000
    let told = 0
    for (let i = 0; i < draws; i++) {
      let count = 2n * steps
      for (let cell = 0; cell < 3; cell++) count += drawDiscreteLaplace(scale, systemRandom)
      if (count >= BigInt(least) * steps) told++
    }
    expect(told / draws).toBeLessThan(delta / 3 + 5 * Math.sqrt(0.09 / draws))
    expect(told / draws).toBeGreaterThan((delta / 3) * 0.8)
  })
})
