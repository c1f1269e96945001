import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinedBins } from './bins.ts'

describe('bins', () => {
  it('hold every cell once, and all but one expect enough', () => {
    const shape = fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 4 }),
    )
    fc.assert(
      fc.property(
        shape,
        fc.infiniteStream(fc.double({ min: 0, max: 3, noNaN: true })),
        ([outer, codes, stride], xs) => {
          const expected = Float64Array.from(
            { length: outer * codes * stride },
            () => xs.next().value as number,
          )
          const { of, count } = joinedBins(expected, { codes, stride }, 2)
          const rows = new Float64Array(count)
          for (const [cell, bin] of of.entries()) rows[bin]! += expected[cell]!
          expect(of.every((bin) => bin >= 0 && bin < count)).toBe(true)
          expect(new Set(of).size).toBe(count)
          expect(rows.filter((x) => x < 2).length).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  it('joins neighbours along the line, and what is left of lines with each other', () => {
    // Two lines of four codes: the first holds much, the second hardly anything.
    const { of } = joinedBins(Float64Array.of(5, 1, 1, 1, 0.1, 0.1, 0.1, 0.1), { codes: 4, stride: 1 }, 2)
    expect([...of]).toEqual([0, 1, 1, 1, 2, 2, 2, 2])
  })
})
