// The noise on sums of products: of the stated deviation on the diagonal, smaller by √2 off it, at scales other than 1.
// Source: PROOF.md, section 4.

import { describe, expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { systemRandom } from '../../random/source.ts'
import { noisyCovariance } from './noisyCovariance.ts'
import { privateDampening } from './principal.ts'
import { privateMean } from './privateMean.ts'

const deviationOf = (numbers: readonly number[]) =>
  Math.sqrt(numbers.reduce((sum, v) => sum + v * v, 0) / numbers.length)

describe('the noisy covariance', () => {
  it('has the stated noise, off the diagonal smaller by √2', async () => {
    for (const [norm, noiseMultiplier] of [
      [3, 0.7],
      [0.11, 5],
      [1e90, 24],
      [1e-90, 1e5],
    ] as const) {
      const [count, width] = [4, 300]
      const rows = { data: new Float64Array(count * width), count, width }
      const drawn = await noisyCovariance(rows, { norm, noiseMultiplier, random: systemRandom })
      const on = Array.from({ length: width }, (_, i) => drawn[i * width + i]!)
      const off = Array.from({ length: width }, (_, i) => [
        ...drawn.subarray(i * width, i * width + i),
      ]).flat()
      // 300 and 44,850 draws: five deviations of the estimates are 20% and 1.7%.
      expect(Math.abs((deviationOf(on) * count) / noiseMultiplier - 1)).toBeLessThan(0.2)
      expect(Math.abs((deviationOf(off) * count * Math.SQRT2) / noiseMultiplier - 1)).toBeLessThan(0.017)
      for (let i = 0; i < width; i++)
        for (let j = 0; j < i; j++) expect(drawn[i * width + j]).toBe(drawn[j * width + i])
    }
  })

  it('is the covariance, where noise is small', async () => {
    const [count, width] = [3, 2]
    const data = Float64Array.of(0.5, 0.25, -1, 0.125, 30, 40)
    const drawn = await noisyCovariance(
      { data, count, width },
      { norm: 2, noiseMultiplier: 1e-6, random: systemRandom },
    )
    // The last row is shortened to (1.2, 1.6); over 3 · 2².
    const expected = [2.69, 1.92, 2.638125].map((v) => v / 12)
    ;[drawn[0]!, drawn[1]!, drawn[3]!].forEach((v, i) => {
      expect(v).toBeCloseTo(expected[i]!, 3)
    })
  })

  it('refuses what has no noise, or no room for it', async () => {
    const rows = tensor([1, 2], [1, 2])
    for (const [norm, noiseMultiplier, words] of [
      [1e101, 1, /norm is 1e-100 to 1e100/],
      [1e-101, 1, /norm is/],
      [1, 1e7, /multiplier is 0.25 to 1e6/],
      [1, 1e-13, /multiplier is/],
      [Number.NaN, 1, /positive/],
    ] as const) {
      expect(() => privateMean(rows, { norm, noiseMultiplier })).toThrow(words)
      await expect(privateDampening(rows, { norm, noiseMultiplier })).rejects.toThrow(words)
    }
  })
})
