import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../random/source.ts'
import { zcdpToEpsilon } from '../accounting/convert.ts'
import { drawDiscreteLaplace } from './exactRandom.ts'
import { gridGaussian, gridLaplace } from './grid.ts'
import { discreteGaussian, discreteLaplace } from './noise.ts'
import { rational } from './rational.ts'
import { lowerBound, probabilityBounds } from './testing.ts'

/** Σ P^α Q^{1−α} over the integers, as the definition has it. */
function divergence(logP: (x: number) => number, shift: number, alpha: number, reach: number): number {
  let total = 0
  let moment = 0
  for (let x = -reach; x <= reach + shift; x++) {
    total += Math.exp(logP(x))
    moment += Math.exp(alpha * logP(x) + (1 - alpha) * logP(x - shift))
  }
  return Math.log(moment / total) / (alpha - 1)
}

describe('Clopper and Pearson', () => {
  it('is exact: the binomial tails at its ends are 1 in 2 million', () => {
    const tail = (p: number, from: number, to: number, n: number) => {
      let sum = 0
      for (let k = from; k <= to; k++) {
        let term = 1
        for (let i = 0; i < k; i++) term *= ((n - i) / (i + 1)) * p
        sum += term * (1 - p) ** (n - k)
      }
      return sum
    }
    for (const k of [0, 1, 13, 29, 30]) {
      const { low, high } = probabilityBounds(k, 30)
      if (k > 0) expect(tail(low, k, 30, 30)).toBeCloseTo(5e-7, 11)
      if (k < 30) expect(tail(high, 0, k, 30)).toBeCloseTo(5e-7, 11)
    }
  })
})

describe('integer noise', () => {
  it('has the stated price', () => {
    const laplace = discreteLaplace({ scale: 2 })
    expect(laplace.map(1).epsilon).toBe(0.5)
    expect(laplace.map(3).epsilon).toBe(1.5)
    expect(laplace.map(1).rho).toBe(0.125)
    expect(laplace.map(0)).toMatchObject({ epsilon: 0, rho: 0 })
    const gaussian = discreteGaussian({ sigma: 10 })
    expect(gaussian.map(1).rho).toBeCloseTo(0.005, 15)
    expect(gaussian.map(2).epsilon).toBeUndefined()
    expect(gaussian.map(2).renyi?.(3)).toBeCloseTo(0.06, 12)
  })

  it('has the Rényi curve of its definition, from above', () => {
    for (const [scale, shift, alpha] of [
      [2, 1, 2],
      [0.7, 3, 1.5],
      [5, 2, 32],
      [3, 7, 4.25],
    ] as const) {
      const stated = discreteLaplace({ scale }).map(shift).renyi!(alpha)
      const true_ = divergence((x) => -Math.abs(x) / scale, shift, alpha, 400)
      expect(stated).toBeGreaterThanOrEqual(true_ * (1 - 1e-13))
      expect(stated).toBeCloseTo(true_, 9)
    }
    for (const [sigma, shift, alpha] of [
      [1.1, 1, 2],
      [3, 4, 6],
    ] as const) {
      const stated = discreteGaussian({ sigma }).map(shift).renyi!(alpha)
      const true_ = divergence((x) => -(x * x) / (2 * sigma * sigma), shift, alpha, 100)
      expect(stated).toBeGreaterThanOrEqual(true_ * (1 - 1e-13))
    }
  })

  it('is seen to give away what it may, and no more', () => {
    const laplace = discreteLaplace({ scale: 1 })
    const seen = lowerBound(
      () => Number(laplace.invoke([0n])[0]),
      () => Number(laplace.invoke([1n])[0]),
      2e5,
    )
    expect(seen).toBeLessThan(laplace.map(1).epsilon!)
    expect(seen).toBeGreaterThan(0.9)
  })

  it('and noise that is too small by a fifth is caught', () => {
    const wrong = () => Number(drawDiscreteLaplace(rational(4n, 5n), systemRandom))
    expect(lowerBound(wrong, () => 1 + wrong(), 2e5)).toBeGreaterThan(
      discreteLaplace({ scale: 1 }).map(1).epsilon!,
    )
  })

  it('Gaussian: what is seen stays below (ε, δ) of its ρ, and a half of σ is caught', () => {
    const gaussian = discreteGaussian({ sigma: 1 })
    const rho = gaussian.map(1).rho!
    const delta = 0.01
    const claim = rho + 2 * Math.sqrt(rho * Math.log(1 / delta))
    const bound = (m: typeof gaussian) =>
      lowerBound(
        () => Number(m.invoke([0n])[0]),
        () => Number(m.invoke([1n])[0]),
        1e5,
        delta,
      )
    expect(bound(gaussian)).toBeLessThan(claim)
    expect(bound(discreteGaussian({ sigma: 0.5 }))).toBeGreaterThan(claim)
  })

  it('refuses scales that are no scales, and distances that are none', () => {
    for (const scale of [0, -1, Number.NaN, Infinity]) {
      expect(() => discreteLaplace({ scale })).toThrow(/positive and finite/)
      expect(() => discreteGaussian({ sigma: scale })).toThrow(/positive and finite/)
      expect(() => gridLaplace({ scale })).toThrow(/positive and finite/)
      expect(() => gridGaussian({ sigma: scale })).toThrow(/positive and finite/)
    }
    expect(() => discreteLaplace({ scale: 1 }).map(0.5)).toThrow(RangeError)
    expect(() => discreteLaplace({ scale: 1 }).map(-1)).toThrow(RangeError)
    expect(() => discreteGaussian({ sigma: 1 }).map(1).renyi!(1)).toThrow(RangeError)
  })
})

describe('noise on a grid', () => {
  it('answers in multiples of 2^k, around the value', () => {
    const measurement = gridLaplace({ scale: 0.5, gridExponent: -4 })
    for (let i = 0; i < 100; i++) {
      const [answer] = measurement.invoke([3.3])
      expect(Number.isInteger(answer! * 16)).toBe(true)
    }
    const many = gridGaussian({ sigma: 2, dimensions: 3 })
    expect(many.gridExponent).toBe(-20)
    const sums = [0, 0, 0]
    const draws = 20_000
    for (let i = 0; i < draws; i++)
      many.invoke([-5.5, 0, 1e6]).forEach((x, j) => {
        sums[j]! += x / draws
      })
    // Six standard errors: wrong once in 10^8.
    const six = (6 * 2) / Math.sqrt(draws)
    expect(Math.abs(sums[0]! + 5.5)).toBeLessThan(six)
    expect(Math.abs(sums[1]!)).toBeLessThan(six)
    expect(Math.abs(sums[2]! - 1e6)).toBeLessThan(six)
  })

  it('charges for rounding: by steps of the grid', () => {
    const laplace = gridLaplace({ scale: 1, gridExponent: -2 })
    expect(laplace.map(1).epsilon).toBe(1)
    expect(laplace.map(0.9).epsilon).toBe(1)
    expect(laplace.map(1.1).epsilon).toBe(1.25)
    expect(gridLaplace({ scale: 1, gridExponent: -2, dimensions: 3 }).map(1).epsilon).toBe(1.5)
    expect(gridLaplace({ scale: 1, gridExponent: -2, dimensions: 3 }).map(0).epsilon).toBe(0)
    expect(gridGaussian({ sigma: 1, gridExponent: -2 }).map(1).rho).toBe(0.5)
    const four = gridGaussian({ sigma: 1, gridExponent: -2, dimensions: 4 }).map(1).rho!
    expect(four).toBeGreaterThan(1.5 ** 2 / 2)
    expect(four).toBeCloseTo(1.5 ** 2 / 2, 5)
    // With the grid that is taken unless given, it hardly shows.
    expect(gridLaplace({ scale: 0.3 }).map(0.3).epsilon).toBeCloseTo(1, 5)
  })

  it('rounds two inputs apart no further than charged, where rounding does its worst', () => {
    const laplace = gridLaplace({ scale: 1, gridExponent: 0 })
    // 0.4 and 0.6 lie 0.2 apart, and round to 0 and 1.
    const seen = lowerBound(
      () => laplace.invoke([0.4])[0]!,
      () => laplace.invoke([0.6])[0]!,
      2e5,
    )
    expect(seen).toBeGreaterThan(0.9)
    expect(seen).toBeLessThan(laplace.map(0.2).epsilon!)
  })

  it('of Gaussian shape gives away no more than it states, and half of the noise is caught', () => {
    const delta = 1e-3
    const claimed = zcdpToEpsilon(gridGaussian({ sigma: 1, gridExponent: 0 }).map(0.2).rho!, delta)
    const seen = (sigma: number) => {
      const noise = gridGaussian({ sigma, gridExponent: 0 })
      return lowerBound(
        () => String(noise.invoke([0.4])[0]),
        () => String(noise.invoke([0.6])[0]),
        5e4,
        delta,
      )
    }
    const honest = seen(1)
    expect(honest).toBeGreaterThan(claimed / 4)
    expect(honest).toBeLessThan(claimed)
    expect(seen(0.5)).toBeGreaterThan(claimed)
  })

  it('refuses what is not a number, another length, another grid', () => {
    expect(() => gridLaplace({ scale: 1 }).invoke([Number.NaN])).toThrow(RangeError)
    expect(() => gridLaplace({ scale: 1 }).invoke([1, 2])).toThrow(/takes 1 numbers/)
    expect(() => gridLaplace({ scale: 1, gridExponent: 0.5 })).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.any(String) }),
    )
    expect(() => gridLaplace({ scale: 1, dimensions: 0 })).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.any(String) }),
    )
  })
})
