import { describe, expect, test } from 'vitest'
import { seededRandom } from './seeded.ts'

const draws = 100_000

function moments(draw: () => number): { mean: number; variance: number; fourth: number } {
  const values = Float64Array.from({ length: draws }, draw)
  const mean = values.reduce((sum, x) => sum + x, 0) / draws
  const power = (p: number) => values.reduce((sum, x) => sum + (x - mean) ** p, 0) / draws
  return { mean, variance: power(2), fourth: power(4) }
}

describe('random', () => {
  test('is repeatable, and differs between seeds, also between neighbouring and fractional ones', () => {
    const first = (seed: number) => {
      const { uniform, normal } = seededRandom(seed)
      return [uniform(), normal(), normal(), uniform()].join()
    }
    expect(first(7)).toBe(first(7))
    expect(new Set([0, 1, 2, 7, 7.5, -7, 1e9].map(first)).size).toBe(7)
  })

  // Bounds are five standard errors of 100,000 draws.
  test('uniform has the moments of a uniform in [0, 1)', () => {
    const { uniform } = seededRandom(1)
    const { mean, variance } = moments(uniform)
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / draws))
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / draws))
  })

  test('uniform fills sixteen bins evenly', () => {
    const { uniform } = seededRandom(2)
    const bins = new Float64Array(16)
    for (let i = 0; i < draws; i++) {
      const bin = Math.floor(16 * uniform())
      bins[bin] = bins[bin]! + 1
    }
    const chi = bins.reduce((sum, n) => sum + (n - draws / 16) ** 2 / (draws / 16), 0)
    expect(chi).toBeLessThan(37.7) // the 99.9th percentile of chi-squared with 15 degrees of freedom
  })

  test('normal has the moments of a standard normal', () => {
    const { normal } = seededRandom(3)
    const { mean, variance, fourth } = moments(normal)
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(draws))
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / draws))
    expect(Math.abs(fourth - 3)).toBeLessThan(5 * Math.sqrt(96 / draws))
  })
})
