// A person with several rows in DP-SGD: the mixture against sums by hand, and against what must bound it.

import { describe, expect, it } from 'vitest'
import { sampledGroupCurve, sampledGroupLoss } from './groupRelease.ts'
import { deltaOf, epsilonOf } from './lossDistribution.ts'
import { gaussianLoss, sampledGaussianLoss } from './release.ts'
import { gaussianCurve, sampledGaussianCurve } from './renyi.ts'

/** The densities by their definition. */
function laws(sigma: number, q: number, rows: number) {
  const normal = (x: number, j: number) =>
    Math.exp(-0.5 * ((x - j) / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI))
  const choose = (j: number): number => (j === 0 ? 1 : (choose(j - 1) * (rows - j + 1)) / j)
  const mixed = (x: number) =>
    Array.from(
      { length: rows + 1 },
      (_, j) => choose(j) * q ** j * (1 - q) ** (rows - j) * normal(x, j),
    ).reduce((a, b) => a + b)
  const sum = (f: (x: number) => number) => {
    let total = 0
    for (let x = -14 * sigma; x < rows + 40 * sigma; x += sigma / 400) total += (f(x) * sigma) / 400
    return total
  }
  return { mixed, none: (x: number) => normal(x, 0), sum }
}

describe('several rows of one person', () => {
  it.each([
    [1, 0.1, 2],
    [0.8, 0.02, 6],
    [2, 0.3, 5],
    [0.5, 0.6, 3],
  ])('σ = %d, q = %d, %i rows: δ by its definition, in both directions', (sigma, q, rows) => {
    const { mixed, none, sum } = laws(sigma, q, rows)
    for (const epsilon of [0.01, 0.3, 1, 2.5]) {
      const there = sum((x) => Math.max(0, mixed(x) - Math.exp(epsilon) * none(x)))
      const back = sum((x) => Math.max(0, none(x) - Math.exp(epsilon) * mixed(x)))
      const delta = deltaOf([{ release: sampledGroupLoss(sigma, q, rows), times: 1 }], epsilon)
      const truth = Math.max(there, back)
      expect(delta).toBeGreaterThan(truth * (1 - 1e-5) - 1e-12)
      expect(delta).toBeLessThan(truth * (1 + 1e-3) + 1e-9)
    }
  })

  it('is the one row’s for one, the Gaussian’s without sampling, and between the two', () => {
    const price = (release: ReturnType<typeof gaussianLoss>, times: number) =>
      epsilonOf([{ release, times }], 1e-5)
    expect(price(sampledGroupLoss(1, 0.01, 1), 100)).toBe(price(sampledGaussianLoss(1, 0.01), 100))
    expect(price(sampledGroupLoss(6, 1, 3), 4)).toBe(price(gaussianLoss(2), 4))
    const one = price(sampledGaussianLoss(1, 0.01), 500)
    const six = price(sampledGroupLoss(1, 0.01, 6), 500)
    expect(six).toBeGreaterThan(3 * one)
    // Generic group privacy of the whole run is worse by far: 6ε at a δ that has to be e^{5ε} times smaller before.
    let generic = one
    for (let i = 0; i < 6; i++) {
      const before = (1e-5 * Math.expm1(generic)) / Math.expm1(6 * generic)
      generic = epsilonOf([{ release: sampledGaussianLoss(1, 0.01), times: 500 }], before)
    }
    expect(six).toBeLessThan(0.8 * 6 * generic)
    expect(six).toBeLessThan(price(gaussianLoss(1 / 6), 500))
  })

  it('grows with the rows, and gives way to a bound where the mixture is long', () => {
    const price = (rows: number, rate: number) =>
      epsilonOf([{ release: sampledGroupLoss(30, rate, rows), times: 20 }], 1e-5)
    const growing = [1, 5, 40].map((rows) => price(rows, 0.02))
    expect(growing).toEqual([...growing].sort((a, b) => a - b))
    expect(price(2000, 0.5)).toBeGreaterThan(price(1000, 0.1))
    expect(price(10_000, 0.9)).toBeLessThan(Number.POSITIVE_INFINITY)
  })

  it.each([
    [1, 0.1, 2, 4],
    [0.8, 0.02, 6, 2.5],
    [2, 0.3, 5, 9],
    [10, 0.004, 3, 30],
  ])('Rényi, σ = %d, q = %d, %i rows, α = %d: by its definition', (sigma, q, rows, order) => {
    const { mixed, none, sum } = laws(sigma, q, rows)
    const power = (p: number, q: number) =>
      p === 0 || q === 0 ? 0 : Math.exp(order * Math.log(p) + (1 - order) * Math.log(q))
    const there = Math.log(sum((x) => power(mixed(x), none(x)))) / (order - 1)
    const back = Math.log(sum((x) => power(none(x), mixed(x)))) / (order - 1)
    const truth = Math.max(there, back)
    const curve = sampledGroupCurve(sigma, q, rows)(order)
    expect(curve).toBeGreaterThan(truth * (1 - 1e-9) - 1e-12)
    expect(curve).toBeLessThan(truth * (1 + 1e-5) + 1e-12)
    expect(curve).toBeLessThanOrEqual(gaussianCurve(sigma / rows)(order))
    expect(sampledGroupCurve(sigma, q, 1)(order) / sampledGaussianCurve(sigma, q, 1)(order)).toBeCloseTo(1, 4)
  })
})
