// The private mean: right on average, its noise of the stated size, no row beyond its norm; its price beside a training's.
// Source: the Gaussian mechanism; the accountant in ../accounting, which has tests of its own.

import { describe, expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { noiseMultiplierFor } from '../accounting/calibrate.ts'
import { epsilonOf } from '../accounting/lossDistribution.ts'
import { gaussianLoss, sampledGaussianLoss } from '../accounting/release.ts'
import { centre, privateMean } from './privateMean.ts'

describe('the private mean', () => {
  it('is the mean with noise of the stated deviation', () => {
    const [count, width] = [50, 4000]
    const rows = Float64Array.from({ length: count * width }, (_, i) => ((i % width) % 7) / 100)
    const { mean } = privateMean(tensor(rows, [count, width], 'float64'), { norm: 5, noiseMultiplier: 3 })
    const noise = mean.map((v, i) => (v - rows[i]!) * count)
    const deviation = Math.sqrt(noise.reduce((sum, v) => sum + v * v, 0) / width)
    // 4,000 draws: five deviations of the estimate are 5.6%.
    expect(Math.abs(deviation / 15 - 1)).toBeLessThan(0.056)
    expect(Math.abs(noise.reduce((sum, v) => sum + v, 0) / width)).toBeLessThan((5 * 15) / Math.sqrt(width))
  })

  it('lets no row count for more than its norm, and one that is not finite for nothing', () => {
    // So often that noise is nothing beside them.
    const times = 4000
    const four = [3e6, 4e6, 0, 0, Number.NaN, 1, Number.POSITIVE_INFINITY, 0]
    const rows = tensor(
      Array.from({ length: 8 * times }, (_, i) => four[i % 8]!),
      [4 * times, 2],
    )
    const { mean } = privateMean(rows, { norm: 5, noiseMultiplier: 0.25 })
    expect(mean[0]! * 4).toBeCloseTo(3, 2)
    expect(mean[1]! * 4).toBeCloseTo(4, 2)
  })

  it('is taken off in place', () => {
    const rows = tensor([1, 2, 3, 4], [2, 2])
    centre(rows, Float64Array.of(1, 0.5))
    expect(Array.from(rows.data as Float32Array)).toEqual([0, 1.5, 2, 3.5])
  })

  it('is paid for out of the same budget', () => {
    const wish = { epsilon: 3, delta: 1e-5, rate: 1, steps: 1 }
    const beside = [{ release: gaussianLoss(6), times: 1 }]
    const [alone, together] = [noiseMultiplierFor(wish), noiseMultiplierFor({ ...wish, beside })]
    expect(together).toBeGreaterThan(alone * 1.01)
    const spent = epsilonOf([{ release: sampledGaussianLoss(together, 1), times: 1 }, ...beside], 1e-5)
    expect(spent).toBeLessThanOrEqual(3)
    expect(spent).toBeGreaterThan(2.99)
    expect(() => noiseMultiplierFor({ ...wish, beside: [{ release: gaussianLoss(1), times: 1 }] })).toThrow(
      /spends ε = 3 alone/,
    )
  })

  it('refuses what are no rows of floats, and numbers that are no sizes', () => {
    const options = { norm: 1, noiseMultiplier: 1 }
    expect(() => privateMean(tensor(new Uint8Array(4), [2, 2], 'uint8'), options)).toThrow(/rows of floats/)
    expect(() => privateMean(tensor([], [0, 2]), options)).toThrow(/at least one/)
    expect(() => privateMean(tensor([1], [1, 1]), { ...options, norm: 0 })).toThrow(/norm/)
  })
})
