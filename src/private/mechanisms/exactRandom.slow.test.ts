import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawBelow, drawBigBelow, drawBits } from '../../random/integers.ts'
import { type RandomSource, systemRandom } from '../../random/source.ts'
import { drawBernoulli, drawBernoulliExp, drawDiscreteGaussian, drawDiscreteLaplace } from './exactRandom.ts'
import { exactly, type Rational, rational } from './rational.ts'
import { misfit } from './testing.ts'

/** A source that repeats the words given. */
function words(...given: number[]): RandomSource {
  let at = 0
  return { uint32: () => given[at++ % given.length]! }
}

const coin = (p: number) =>
  new Map([
    [1, p],
    [0, 1 - p],
  ])

/** P[x] of weights on −reach … reach, normalised over all of them. */
function law(weight: (x: number) => number, reach: number): Map<number, number> {
  const xs = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach)
  const total = xs.reduce((sum, x) => sum + weight(x), 0)
  return new Map(xs.map((x) => [x, weight(x) / total]))
}

const toNumber = (x: Rational) => Number(x.numerator) / Number(x.denominator)

// Goodness of fit, each wrong once in 10^6 runs.
describe('draws follow their law', () => {
  it('uniform below n, for n of one word, of two, and of many', () => {
    const seven = new Map(Array.from({ length: 7 }, (_, i) => [i, 1 / 7]))
    expect(misfit(1e5, () => drawBelow(7, systemRandom), seven)).toBeLessThan(1)
    const wide = 3 * 2 ** 50
    const thirds = new Map([0, 1, 2].map((i) => [i, 1 / 3]))
    const third = () => Math.floor(drawBelow(wide, systemRandom) / 2 ** 50)
    expect(misfit(1e5, third, thirds)).toBeLessThan(1)
    const big = () => Number(drawBigBelow(3n << 100n, systemRandom) >> 100n)
    expect(misfit(1e5, big, thirds)).toBeLessThan(1)
    expect(() => drawBelow(0, systemRandom)).toThrow(RangeError)
    expect(() => drawBigBelow(0n, systemRandom)).toThrow(RangeError)
  })

  it('coins of rational bias', () => {
    for (const [n, d] of [
      [1n, 3n],
      [5n, 7n],
      [1n, 1000n],
      [3n << 80n, 4n << 80n],
    ] as const) {
      const draw = () => Number(drawBernoulli(n, d, systemRandom))
      expect(misfit(1e5, draw, coin(Number(n) / Number(d)))).toBeLessThan(1)
    }
    expect(drawBernoulli(1n, 1n, systemRandom)).toBe(true)
    expect(drawBernoulli(0n, 1n, systemRandom)).toBe(false)
    expect(() => drawBernoulli(2n, 1n, systemRandom)).toThrow(RangeError)
  })

  it('coins of bias exp(−γ), for γ below, at and above 1', () => {
    for (const gamma of [0.001, 0.5, 1, 1.7, 4]) {
      const { numerator, denominator } = exactly(gamma)
      const draw = () => Number(drawBernoulliExp(numerator, denominator, systemRandom))
      expect(misfit(1e5, draw, coin(Math.exp(-gamma)))).toBeLessThan(1)
    }
    expect(drawBernoulliExp(0n, 1n, systemRandom)).toBe(true)
    expect(() => drawBernoulliExp(-1n, 1n, systemRandom)).toThrow(RangeError)
  })

  it('discrete Laplace, a million draws and other scales', () => {
    for (const [scale, n] of [
      [rational(7n, 2n), 1e6],
      [rational(1n, 3n), 1e5],
      [exactly(0.9), 1e5],
      [rational(1n), 1e5],
      [rational((1n << 60n) + 1n, 1n << 57n), 1e5],
    ] as const) {
      const cells = law((x) => Math.exp(-Math.abs(x) / toNumber(scale)), 400)
      expect(misfit(n, () => Number(drawDiscreteLaplace(scale, systemRandom)), cells)).toBeLessThan(1)
    }
  })

  it('discrete Gaussian, a million draws and other scales', () => {
    for (const [variance, n] of [
      [exactly(1.21), 1e6],
      [rational(1n, 5n), 1e5],
      [rational(40n), 1e5],
      [exactly(1234.5678), 1e5],
    ] as const) {
      const cells = law((x) => Math.exp(-(x * x) / (2 * toNumber(variance))), 400)
      expect(misfit(n, () => Number(drawDiscreteGaussian(variance, systemRandom)), cells)).toBeLessThan(1)
    }
  })

  it('and a sampler off by 2% in its scale is caught', () => {
    const cells = law((x) => Math.exp(-(x * x) / (2 * 1.21)), 40)
    const wrong = exactly(1.21 * 1.02 ** 2)
    expect(misfit(2e5, () => Number(drawDiscreteGaussian(wrong, systemRandom)), cells)).toBeGreaterThan(1)
  })
})

describe('where the first 32 binary places do not decide', () => {
  const third = 0x5555_5555

  it('further ones do: 1/3 is 0.010101… in binary', () => {
    expect(drawBernoulli(1n, 3n, words(third, third, third - 1))).toBe(true)
    expect(drawBernoulli(1n, 3n, words(third, third, third + 1))).toBe(false)
    // A uniform real that equals the bias is not below it.
    expect(drawBernoulli(1n, 2n, words(2 ** 31, 0))).toBe(false)
  })

  it('in coins of exponential bias too', () => {
    // γ = 1/3: the first coin has its bias, the second half of it. 1 then 0 gives an even turn, so 0.
    expect(drawBernoulliExp(1n, 3n, words(third, third - 1, 2 ** 31))).toBe(false)
    expect(drawBernoulliExp(1n, 3n, words(third, third + 1))).toBe(true)
  })

  it('agrees with the plain comparison of a long word, at any bias', () => {
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
    fc.assert(
      fc.property(
        fc.bigInt(0n, 1n << 70n),
        fc.bigInt(1n, 1n << 70n),
        fc.array(word, { minLength: 4, maxLength: 4 }),
        (a, b, four) => {
          const [n, d] = a < b ? [a, b] : [b, a === 0n ? 1n : a]
          if (n > d) return
          const uniform = drawBits(128, words(...four))
          const below = uniform * d < n << 128n
          expect(drawBernoulli(n, d, words(...four, 2 ** 32 - 1))).toBe(below)
        },
      ),
    )
  })
})
