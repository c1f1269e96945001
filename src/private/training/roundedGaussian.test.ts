import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RandomSource, systemRandom } from '../../random/source.ts'
import { misfit } from '../mechanisms/testing.ts'
import { expBetween } from './expBounds.ts'
import { exactly, roundedGaussian } from './roundedGaussian.ts'

/** P[Z ≤ z], by the series of Marsaglia 2004; good to 1e-14 for |z| < 6. */
function normalBelow(z: number): number {
  let [sum, term] = [z, z]
  for (let i = 3; Math.abs(term) > 1e-18; i += 2) {
    term *= (z * z) / i
    sum += term
  }
  return 0.5 + sum * Math.exp(-0.5 * z * z - 0.9189385332046728)
}

describe('rounded Gaussian noise', () => {
  const width = 0.125

  it('is of its law', () => {
    const noise = roundedGaussian(1.37 * 2 ** 30)
    const room = new Float64Array(1000)
    let left = 0
    const draw = () => {
      if (left === 0) {
        noise.fill(room, systemRandom)
        left = room.length
      }
      return Math.floor(room[--left]! / noise.scale / width)
    }
    const cells = new Map<number, number>()
    for (let i = -40; i < 40; i++) cells.set(i, normalBelow((i + 1) * width) - normalBelow(i * width))
    expect(misfit(1_000_000, draw, cells)).toBeLessThan(1)
  })

  it('takes its low bits from the law too, and a scale that is off is seen', () => {
    const noise = roundedGaussian(2 ** 30)
    const room = new Float64Array(200_000)
    noise.fill(room, systemRandom)
    let next = 0
    const cells = new Map(Array.from({ length: 64 }, (_, i) => [i, 1 / 64]))
    expect(misfit(room.length, () => room[next++]! & 63, cells)).toBeLessThan(1)
    const wrong = new Map<number, number>()
    for (let i = -30; i < 30; i++)
      wrong.set(i, normalBelow(((i + 1) * width) / 1.02) - normalBelow((i * width) / 1.02))
    next = 0
    const cell = () => Math.floor(room[next++]! / noise.scale / width)
    expect(misfit(room.length, cell, wrong)).toBeGreaterThan(1)
  })

  it('decides by more places just as doubles do where those can tell', () => {
    const scale = 1.5 * 2 ** 30
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 13 * scale - 1 }), fc.nat(2 ** 32 - 1), (x, u) => {
        const height = Math.exp(-0.5 * (x / scale) ** 2)
        fc.pre(Math.abs(u / 2 ** 32 - height) > 1e-8)
        expect(exactly({ scale, weight: 1, unit: 1, x, u, random: systemRandom })).toBe(u / 2 ** 32 < height)
      }),
      { numRuns: 300 },
    )
  })

  it('draws more places where the first do not tell', () => {
    const scale = 2 ** 30
    const x = 2 ** 30
    const u = Math.floor(Math.exp(-0.5) * 2 ** 32)
    const words = (word: number): RandomSource & { drawn: number } => ({
      drawn: 0,
      uint32() {
        this.drawn++
        return word
      },
    })
    const low = words(0)
    const high = words(2 ** 32 - 1)
    // The coin's own places: 0 is below what is left of exp(−1/2), all ones above.
    expect(exactly({ scale, weight: 1, unit: 1, x, u, random: low })).toBe(true)
    expect(exactly({ scale, weight: 1, unit: 1, x, u, random: high })).toBe(false)
    expect(low.drawn).toBeGreaterThan(0)
  })

  it('refuses a scale that its staircase is not made for', () => {
    for (const scale of [0, 2 ** 29, 2 ** 32, Number.NaN])
      expect(() => roundedGaussian(scale)).toThrow(RangeError)
  })
})

describe('bounds of exp', () => {
  it('hold it between them, closely', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 12n), fc.bigInt(1n, 10n ** 10n), (n, d) => {
        fc.pre(n < 80n * d)
        const [low, high] = expBetween(n, d, 200n)
        expect(high - low).toBeLessThanOrEqual(4n)
        // e^−y for twice the places, cut: the narrower bounds lie within the wider.
        const [finer, coarser] = expBetween(n, d, 260n)
        expect(finer >> 60n >= low && coarser >> 60n <= high).toBe(true)
        expect(Number(low) / 2 ** 200 / Math.exp(-Number(n) / Number(d))).toBeCloseTo(1, 9)
      }),
      { numRuns: 100 },
    )
  })
})
