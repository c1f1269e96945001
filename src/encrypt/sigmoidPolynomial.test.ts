import { describe, expect, it } from 'vitest'
import { fitSigmoid } from './sigmoidPolynomial.ts'

describe('a polynomial for the sigmoid', () => {
  it.each([
    // Kim et al. 2018, section 3.1, in powers of x / 8.
    [3, [1.20096, -0.81562]],
    [7, [1.73496, -4.19407, 5.43402, -2.50739]],
  ])('of degree %d on [−8, 8] is the published one', (degree, published) => {
    const { terms } = fitSigmoid(degree, 8)
    expect(terms.map(({ power }) => power)).toEqual(published.map((_, i) => 2 * i + 1))
    terms.forEach(({ power, coefficient }, i) => {
      expect(Math.abs(coefficient * 8 ** power - published[i]!)).toBeLessThan(0.005)
    })
  })

  it('is nearer with more terms and in a narrower range', () => {
    const errors = [1, 3, 5, 7, 9].map((degree) => fitSigmoid(degree, 8).error)
    expect([...errors].sort((a, b) => b - a)).toEqual(errors)
    expect(fitSigmoid(7, 4).error).toBeLessThan(fitSigmoid(7, 8).error)
    expect(fitSigmoid(7, 8).error).toBeLessThan(0.04)
  })

  it.each([
    [2, 8],
    [17, 8],
    [7, 0],
    [7, Number.NaN],
  ])('refuses degree %d, reach %d', (degree, reach) => {
    expect(() => fitSigmoid(degree, reach)).toThrow(RangeError)
  })
})
