// What leaves a node: that updates are short whatever they are, that noise is what is priced, and that prices are those of the books.

import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import type { RandomSource } from '../../random/source.ts'
import { addNoise, isWithin, localPrice, sharePrice, updateNoise, wholeUpdate } from './updateNoise.ts'

const squaresOf = (whole: Float64Array): bigint => whole.reduce((sum, k) => sum + BigInt(k) ** 2n, 0n)

describe('an update in whole steps', () => {
  const random = seededStream(8, 'updates')
  const wild = [
    0,
    -0,
    5e-324,
    -5e-324,
    2 ** -1022,
    1e-300,
    1e300,
    -1e300,
    Number.MAX_VALUE,
    2 ** -20,
    1 / 3,
    -1,
    1e16,
  ]
  const one = () => {
    const kind = random.below(4)
    if (kind === 0) return wild[random.below(wild.length)]!
    if (kind === 1) return random.normal()
    return random.normal() * 2 ** (random.below(80) - 40)
  }

  it('is never longer than it may be, counted in integers', () => {
    for (let i = 0; i < 3000; i++) {
      const clip = 2 ** (random.below(40) - 20) * (i % 3 === 0 ? 1 : 0.5 + random.uniform() / 2)
      const noise = updateNoise(
        Math.max(2 ** -20, clip),
        2 ** (random.below(20) - 4) * (1 + random.uniform() / 2),
      )
      const same = one()
      const update = Float64Array.from({ length: 1 + random.below(40) }, () => (i % 2 === 0 ? one() : same))
      const whole = wholeUpdate(update, noise)
      expect(whole.every(Number.isInteger)).toBe(true)
      expect(squaresOf(whole) <= BigInt(noise.most) ** 2n).toBe(true)
    }
  })

  it('is the update, cut off towards zero, where that is short enough; and keeps its direction where it is not', () => {
    const noise = updateNoise(1, 3)
    const step = 2 ** noise.exponent
    const short = Float64Array.of(0.5, -0.25, 0.3)
    wholeUpdate(short, noise).forEach((k, i) => {
      expect(k).toBe(Math.trunc(short[i]! / step))
    })
    for (const factor of [3, 1e10, 1e150]) {
      const whole = wholeUpdate(
        short.map((v) => v * factor),
        noise,
      )
      const length = Math.hypot(...short)
      whole.forEach((k, i) => {
        expect(Math.abs(k * step - short[i]! / length)).toBeLessThan(2 * step)
      })
    }
    // As long as it may be, to a step.
    expect(Math.sqrt(Number(squaresOf(wholeUpdate(Float64Array.of(9, 9), noise))))).toBeGreaterThan(
      noise.most - 2,
    )
  })

  it('is nothing where a number of it is none', () => {
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect([...wholeUpdate(Float64Array.of(1, odd, 1), updateNoise(1, 1))]).toEqual([0, 0, 0])
    expect(wholeUpdate(new Float64Array(5).fill(Number.MAX_VALUE), updateNoise(1, 1)).length).toBe(5)
  })

  it('is judged within by integers, not by roundings', () => {
    // 2^25 in one number is K itself; one more is beyond, and so is 1 beside it.
    const most = 2 ** 25
    expect(isWithin(Float64Array.of(most), most)).toBe(true)
    expect(isWithin(Float64Array.of(most, 1), most)).toBe(false)
    expect(isWithin(Float64Array.of(most + 1), most)).toBe(false)
    expect(isWithin(Float64Array.of(Number.NaN), most)).toBe(false)
    expect(isWithin(new Float64Array(2 ** 16).fill(2 ** 17), most)).toBe(true)
    expect(isWithin(new Float64Array(2 ** 16 + 1).fill(2 ** 17), most)).toBe(false)
  })
})

describe('the noise', () => {
  it('has the deviation that is priced, in each number by itself', () => {
    const noise = updateNoise(0.7, 2.5)
    const count = 20_000
    const drawn = new Float64Array(count)
    addNoise(drawn, noise)
    expect(drawn.every(Number.isInteger)).toBe(true)
    const mean = drawn.reduce((sum, v) => sum + v, 0) / count
    const variance = drawn.reduce((sum, v) => sum + v * v, 0) / count
    // Six standard errors: once in 5 · 10^8 runs.
    expect(Math.abs(mean)).toBeLessThan((6 * noise.sigma) / Math.sqrt(count))
    expect(Math.abs(variance / noise.sigma ** 2 - 1)).toBeLessThan(6 * Math.sqrt(2 / count))
    const beside = drawn.reduce((sum, v, i) => sum + v * (drawn[i + 1] ?? 0), 0) / count
    expect(Math.abs(beside)).toBeLessThan((6 * noise.sigma ** 2) / Math.sqrt(count))
    // In the update's own unit it is z C.
    expect(noise.sigma * 2 ** noise.exponent).toBe(2.5 * 0.7)
    expect(noise.most * 2 ** noise.exponent).toBeLessThanOrEqual(0.7)
    expect(noise.most * 2 ** noise.exponent).toBeGreaterThan(0.7 * (1 - 2 ** -17))
  })

  it('comes from the source that it is given, and changes what it is added to by itself alone', () => {
    const repeating = (): RandomSource => {
      const stream = seededStream(4, 'words')
      const word = new Int32Array(1)
      return {
        uint32() {
          stream.fill(word)
          return word[0]! >>> 0
        },
      }
    }
    const noise = updateNoise(1, 1)
    const [a, b] = [Float64Array.of(5, 6, 7), Float64Array.of(-5, 0, 12)]
    const before = a.map((v, i) => v - b[i]!)
    addNoise(a, noise, repeating())
    addNoise(b, noise, repeating())
    expect(a.map((v, i) => v - b[i]!)).toEqual(before)
  })
})

describe('the price', () => {
  it('is that of two updates at both ends of the ball', () => {
    for (const [clip, z] of [
      [1, 1],
      [0.3, 7],
      [2 ** -20, 2 ** -4],
      [1000, 999],
    ] as const) {
      const { rho } = localPrice(updateNoise(clip, z)) as { rho: number }
      // 2 / z²: a little less, since K is rounded down.
      expect(rho).toBeLessThanOrEqual((2 / z ** 2) * (1 + 1e-12))
      expect(rho).toBeGreaterThan((2 / z ** 2) * (1 - 1e-2))
    }
    // K and σ as they are, in integers: 2 K² / σ².
    const { most, sigma } = updateNoise(1, 3)
    expect(localPrice(updateNoise(1, 3))).toEqual({
      kind: 'concentrated',
      rho: expect.closeTo((2 * most ** 2) / sigma ** 2, 15),
    })
  })

  it('of a share is that of the sum, for so many honest nodes, and above it by next to nothing', () => {
    const noise = updateNoise(1, 2)
    const { rho: alone } = localPrice(noise) as { rho: number }
    for (const honest of [2, 50, 10_000]) {
      const { rho } = sharePrice(noise, honest, 2 ** 24) as { rho: number }
      expect(rho).toBeGreaterThanOrEqual(alone / honest)
      expect(rho).toBeLessThanOrEqual((alone / honest) * (1 + 1e-12))
    }
  })

  it('is refused outside the ranges of the proof', () => {
    expect(() => updateNoise(1, 0.05)).toThrow('noise multiplier')
    expect(() => updateNoise(1, 2 ** 19)).toThrow('noise multiplier')
    expect(() => updateNoise(1, Number.NaN)).toThrow('noise multiplier')
    expect(() => updateNoise(2 ** 21, 1)).toThrow('clipping norm')
  })
})
