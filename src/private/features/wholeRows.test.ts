// A row on a grid is whole numbers, no longer than the norm, whatever bits came; and near to what it was, where it can be.
// Source: integers of any size (BigInt), which round nothing.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exponentOf } from '../mechanisms/exponent.ts'
import { type Floats, type RowGrid, rowGrid, wholeRow } from './wholeRows.ts'

const wholeOf = (row: Floats, grid: RowGrid): Float64Array => {
  const into = new Float64Array(row.length).fill(Number.NaN)
  wholeRow(row, grid, into)
  return into
}

/** Throws unless all are integers. */
const squaresOf = (whole: Float64Array): bigint => [...whole].reduce((sum, v) => sum + BigInt(v) ** 2n, 0n)

/** x over 2^exponent as a fraction: numerator and the power of two below it. */
function over(x: number, exponent: number): { top: bigint; down: bigint } {
  const own = exponentOf(x) - 52
  const mantissa = BigInt(x * 2 ** -(own + 26) * 2 ** 26)
  const shift = own - exponent
  return shift >= 0
    ? { top: mantissa << BigInt(shift), down: 1n }
    : { top: mantissa, down: 1n << BigInt(-shift) }
}

// Any bits at all: subnormal, infinite, not a number, negative zero.
const float64 = fc
  .uint8Array({ minLength: 8, maxLength: 8 })
  .map((bytes) => new DataView(bytes.buffer.slice(0)).getFloat64(0))
const float32 = fc
  .uint8Array({ minLength: 4, maxLength: 4 })
  .map((bytes) => new DataView(bytes.buffer.slice(0)).getFloat32(0))
const awkward = [0, -0, 5e-324, -2.2e-308, 1e-300, 3e38, -3.4e38, 1e308, 1.7976931348623157e308, Number.NaN]
const number = fc.oneof(
  float64,
  float32,
  fc.double({ min: -2, max: 2, noNaN: true }),
  fc.constantFrom(...awkward, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
)
const norms = fc.oneof(
  fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
  fc.integer({ min: -330, max: 330 }).map((e) => 2 ** e),
  fc.double({ min: 1e-100, max: 1e100, noNaN: true }),
)
/** Grids for a norm, its `longest` from 1 to 2^26. */
const grids = fc
  .tuple(norms, fc.integer({ min: 0, max: 25 }))
  .map(([norm, bits]) => ({ norm, grid: rowGrid(norm, exponentOf(norm) - bits) }))

describe('a row on a grid', () => {
  it('is whole numbers no longer than the norm, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 1, maxLength: 40 }),
        grids,
        fc.boolean(),
        (numbers, { norm, grid }, half) => {
          const row = half ? Float32Array.from(numbers) : Float64Array.from(numbers)
          const whole = wholeOf(row, grid)
          expect(squaresOf(whole)).toBeLessThanOrEqual(BigInt(grid.longest) ** 2n)
          // And `longest` steps are no longer than the norm itself.
          const { top, down } = over(norm, grid.exponent)
          expect(BigInt(grid.longest) * down <= top).toBe(true)
          if (row.some((v) => !Number.isFinite(v))) expect(whole.every((v) => v === 0)).toBe(true)
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('is as long as the norm allows at the edge, where rounding each number would make it longer', () => {
    let shortened = 0
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 25 }),
        (numbers, bits) => {
          fc.pre(numbers.some((v) => Math.abs(v) > 1e-3))
          const grid = rowGrid(1, -bits)
          const length = Math.hypot(...numbers)
          const row = Float64Array.from(numbers, (v) => v / length)
          const whole = wholeOf(row, grid)
          expect(squaresOf(whole)).toBeLessThanOrEqual(BigInt(grid.longest) ** 2n)
          // A step a number at most, and the millionth that the fallback gives.
          row.forEach((v, i) => {
            expect(Math.abs(whole[i]! - v * grid.longest)).toBeLessThan(1 + 2e-6 * grid.longest)
          })
          if (row.some((v, i) => whole[i] !== Math.round(v * grid.longest))) shortened++
        },
      ),
      { numRuns: 500 },
    )
    expect(shortened).toBeGreaterThan(5)
  })

  it('rounds a shorter row to the nearest, and does not lose one of huge or tiny numbers', () => {
    const grid = rowGrid(10, -10)
    expect([...wholeOf(Float64Array.of(1, -2.3, 0.0004, 0.0006), grid)]).toEqual([1024, -2355, 0, 1])
    expect([...wholeOf(Float64Array.of(3e300, -4e300), grid)]).toEqual([6144, -8192])
    expect([...wholeOf(Float32Array.of(3e38, 0), grid)]).toEqual([10240, 0])
    expect([...wholeOf(Float64Array.of(1e-300, 5e-324), grid)].map(Math.abs)).toEqual([0, 0])
    expect([...wholeOf(Float64Array.of(3e-100, 4e-100), rowGrid(6e-100, exponentOf(6e-100) - 25))]).toEqual(
      [3, 4].map((v) => Math.round((v * 1e-100) / 2 ** (exponentOf(6e-100) - 25))),
    )
  })

  it('knows exact powers of two', () => {
    for (const e of [-1022, -700, -1, 0, 1, 52, 1023]) {
      expect(exponentOf(2 ** e)).toBe(e)
      if (e > -1022) expect(exponentOf(2 ** e * (1 - 2 ** -53))).toBe(e - 1)
    }
    expect(() => rowGrid(1, 1)).toThrow(RangeError)
    expect(() => rowGrid(1, -27)).toThrow(/2\^26/)
  })
})
