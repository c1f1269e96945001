// The grid: errors within what is stated, sums decoded exactly.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { seededStream } from '../../random/seeded.ts'
import type { RandomSource } from '../../random/source.ts'
import { dequantise, gridDistance, gridOf, quantise } from './quantise.ts'

/** A source that repeats. */
function repeatable(seed: number): RandomSource {
  const random = seededStream(seed, 'rounding')
  const word = new Int32Array(1)
  return {
    uint32() {
      random.fill(word)
      return word[0]! >>> 0
    },
  }
}

const finite = fc.double({ min: -50, max: 50, noNaN: true })

describe('a grid', () => {
  it('is the finest power of two that reaches the range', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-30, max: 1e30, noNaN: true }),
        fc.bigInt({ min: 1n, max: 1n << 52n }),
        (range, levels) => {
          const grid = gridOf(range, levels)
          expect(Number.isInteger(Math.log2(grid.step))).toBe(true)
          expect(grid.levels <= levels).toBe(true)
          expect(grid.step * Number(grid.levels)).toBeGreaterThanOrEqual(range)
          expect(Math.ceil(range / (grid.step / 2))).toBeGreaterThan(Number(levels))
        },
      ),
    )
    expect(gridOf(4, 1000n)).toEqual({ step: 2 ** -7, levels: 512n })
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('is not of a range of %s', (range) => {
    expect(() => gridOf(range, 100n)).toThrow(FrostglassError)
  })
})

describe('rounding', () => {
  const grid = gridOf(20, 5000n)
  const reach = grid.step * Number(grid.levels)
  const clipped = (value: number) => Math.min(reach, Math.max(-reach, value))

  it.each([32, 64] as const)(
    'errs by half a step to the nearest, and by less than one at random: %i bits',
    (bits) => {
      fc.assert(
        fc.property(fc.array(finite, { maxLength: 20 }), fc.nat(), (values, seed) => {
          const nearest = dequantise(quantise(values, grid, bits, 'nearest'), grid)
          const random = dequantise(quantise(values, grid, bits, 'stochastic', repeatable(seed)), grid)
          values.forEach((value, i) => {
            expect(Math.abs(nearest[i]! - clipped(value))).toBeLessThanOrEqual(grid.step / 2)
            expect(Math.abs(random[i]! - clipped(value))).toBeLessThan(grid.step)
          })
        }),
      )
    },
  )

  it('at random is right on average, also below 0', () => {
    const draws = 40_000
    for (const value of [0.3, -0.3, -2.9, 7]) {
      const rounded = quantise(
        new Float64Array(draws).fill(value * grid.step),
        grid,
        32,
        'stochastic',
        repeatable(5),
      )
      const mean = (rounded as Int32Array).reduce((sum, x) => sum + x, 0) / draws
      const fraction = value - Math.floor(value)
      // Five standard errors of a coin.
      expect(Math.abs(mean - value)).toBeLessThanOrEqual(5 * Math.sqrt((fraction * (1 - fraction)) / draws))
    }
  })

  it('lengthens a vector by no more than is stated', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 30 }), fc.nat(), (values, seed) => {
        const norm = Math.hypot(...values)
        for (const rounding of ['nearest', 'stochastic'] as const) {
          const rounded = Array.from(quantise(values, grid, 32, rounding, repeatable(seed)) as Int32Array)
          expect(Math.hypot(...rounded)).toBeLessThanOrEqual(
            gridDistance(norm, values.length, grid, rounding),
          )
        }
      }),
    )
  })

  it('takes no number that is none, and no levels that do not fit', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => quantise([0, value], grid, 32, 'nearest')).toThrow('number 1 is')
    expect(() => quantise([0], { step: 1, levels: 1n << 31n }, 32, 'nearest')).toThrow(RangeError)
  })
})
