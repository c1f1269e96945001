import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { functions } from './functions.ts'
import { type Bounds, clamp, each, hull, pairs } from './ranges.ts'
import { type Expression, numeric } from './typed.ts'

const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })
const range = fc
  .tuple(number, number)
  .map(([a, b]): Bounds => ({ lower: Math.min(a, b), upper: Math.max(a, b) }))
/** A range, and a number in it. */
const held = fc
  .tuple(range, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(
    ([r, share]) => [r, Math.min(r.upper, Math.max(r.lower, r.lower + share * (r.upper - r.lower)))] as const,
  )

const isIn = (x: number, { lower, upper }: Bounds) => lower <= x && x <= upper

describe('ranges', () => {
  it('hold what two numbers make', () => {
    const signs = {
      '+': (x: number, y: number) => x + y,
      '-': (x: number, y: number) => x - y,
      '*': (x: number, y: number) => x * y,
    }
    fc.assert(
      fc.property(held, held, ([a, x], [b, y]) => {
        for (const f of Object.values(signs)) expect(isIn(f(x, y), pairs(a, b, f)!)).toBe(true)
        expect(isIn(x, hull([a, b])!) && isIn(y, hull([a, b])!)).toBe(true)
        expect(isIn(-x, each(a, (v) => -v)!)).toBe(true)
      }),
      { seed: 6 },
    )
  })

  it('are not known where a part has none', () => {
    expect(pairs({ lower: 0, upper: 1 }, undefined, Math.max)).toBeUndefined()
    expect([hull([]), hull([{ lower: 0, upper: 1 }, undefined]), each(undefined, Math.abs)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('clamp with what DuckDB can read, of NULL nothing', () => {
    expect(clamp('x', { lower: 0, upper: 1.5 })).toMatch(/^\(CASE WHEN x < .* ELSE x END\)$/)
  })
})

describe('functions', () => {
  const of = (r: Bounds | undefined): Expression => numeric('x', false, r, [])
  const rangeOf = (name: string, ...ranges: (Bounds | undefined)[]) =>
    functions[name]!.write(
      ranges.map(of),
      ranges.map(() => 'x'),
    ).range

  it('hold their values', () => {
    const one: Record<string, (x: number) => number> = {
      abs: Math.abs,
      floor: Math.floor,
      ceil: Math.ceil,
      '-': (x) => -x,
      // Either way that halves may go.
      round: (x) => Math.sign(x) * Math.round(Math.abs(x)),
    }
    fc.assert(
      fc.property(held, held, ([a, x], [b, y]) => {
        for (const [name, f] of Object.entries(one)) expect(isIn(f(x), rangeOf(name, a)!)).toBe(true)
        expect(isIn(Math.min(x, y), rangeOf('least', a, b)!)).toBe(true)
        const quotients = rangeOf('/', a, b)
        if (quotients) expect(isIn(x / y, quotients)).toBe(true)
      }),
      { seed: 7 },
    )
  })

  it('divide by what may be 0 into anything', () => {
    const [a, b] = [
      { lower: 1, upper: 2 },
      { lower: -1, upper: 1 },
    ]
    expect(rangeOf('/', a, b)).toBeUndefined()
    expect(rangeOf('/', a, { lower: 0, upper: 1 })).toBeUndefined()
    expect(rangeOf('/', a, { lower: 2, upper: 4 })).toEqual({ lower: 0.25, upper: 1 })
    // No finite end is no end.
    expect(rangeOf('/', { lower: 1, upper: 1e300 }, { lower: 1e-300, upper: 1 })).toBeUndefined()
  })
})
