import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { ceiling, exactly, floorDivide, floorRoot, positive, rational, roundedUp, sum } from './rational.ts'

const finite = fc.double({ noNaN: true, noDefaultInfinity: true })

describe('rationals', () => {
  it('hold every finite double without error, and give it back', () => {
    fc.assert(
      fc.property(finite, (x) => {
        expect(roundedUp(exactly(Math.abs(x)))).toBe(Math.abs(x))
      }),
    )
    expect(exactly(0.1)).toEqual(rational(3602879701896397n, 1n << 55n))
    expect(exactly(-(2 ** -1074))).toEqual(rational(-1n, 1n << 1074n))
    expect(() => exactly(Number.NaN)).toThrow(RangeError)
  })

  it('round up, and by less than 2^−52', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 1n << 200n), fc.bigInt(1n, 1n << 200n), (n, d) => {
        const up = exactly(roundedUp(rational(n, d)))
        const excess = sum(up, rational(-n, d))
        expect(excess.numerator >= 0n).toBe(true)
        expect((excess.numerator * d) << 52n < excess.denominator * n).toBe(true)
      }),
    )
    expect(roundedUp(rational(1n << 2000n))).toBe(Infinity)
    expect(roundedUp(rational(1n, 1n << 2000n))).toBe(2 ** -1074)
  })

  it('floor and ceil as the reals do, and take roots', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(1n, 1n << 40n), (a, b) => {
        const low = floorDivide(a, b)
        expect(low * b <= a && a < (low + 1n) * b).toBe(true)
        expect(ceiling(rational(a, b))).toBe(low * b === a ? low : low + 1n)
      }),
    )
    fc.assert(
      fc.property(fc.bigInt(0n, 1n << 300n), (n) => {
        const root = floorRoot(n)
        expect(root * root <= n && n < (root + 1n) ** 2n).toBe(true)
      }),
    )
  })

  it('refuse what is not positive and finite, with a hint', () => {
    for (const bad of [0, -1, Number.NaN, Infinity, 0n, rational(-1n, 2n)]) {
      try {
        positive('scale', bad)
        expect.unreachable()
      } catch (error) {
        expect(error).toBeInstanceOf(FrostglassError)
        expect((error as FrostglassError).code).toBe('usage')
        expect((error as FrostglassError).hint).toContain('scale')
      }
    }
  })
})
