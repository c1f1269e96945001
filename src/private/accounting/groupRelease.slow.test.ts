// A person with several rows over many steps: between one row and no sampling, below generic group privacy, growing with the rows.

import { describe, expect, it } from 'vitest'
import { sampledGroupLoss } from './groupRelease.ts'
import { epsilonOf } from './lossDistribution.ts'
import { gaussianLoss, sampledGaussianLoss } from './release.ts'

describe('several rows of one person, over many steps', () => {
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
})
