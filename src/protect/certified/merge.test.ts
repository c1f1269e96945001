// Merging against the design's vectors, and against the definition of what a merge loses.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeCodes } from './merge.ts'

const tables = {
  labelOf: [0, 0, 0, 1, 1, 1],
  byLabel: [
    [20, 1],
    [10, 2],
    [12, 0],
    [1, 25],
    [3, 15],
    [0, 14],
  ],
  byAttribute: [
    [15, 6],
    [3, 9],
    [9, 3],
    [5, 21],
    [12, 6],
    [6, 8],
  ],
}

describe('merging inside labels', () => {
  it('starts from the information of the table', () => {
    const { information, groups } = mergeCodes(tables, { beta: 1, codes: 6 })
    expect(groups).toBe(6)
    expect(information.label).toBeCloseTo(0.476018, 6)
    expect(information.attribute).toBeCloseTo(0.112082, 6)
  })

  it.each([
    { beta: 0, first: [0, 1, 2, 3, 4, 3], four: [0, 1, 0, 2, 3, 2] },
    { beta: 1, first: [0, 1, 2, 3, 3, 4], four: [0, 0, 1, 2, 2, 3] },
    { beta: 3, first: [0, 1, 2, 3, 3, 4], four: [0, 0, 1, 2, 2, 3] },
  ])('merges as the table says, β = $beta', ({ beta, first, four }) => {
    expect(mergeCodes(tables, { beta, codes: 5 }).groupOf).toEqual(first)
    expect(mergeCodes(tables, { beta, codes: 4 }).groupOf).toEqual(four)
  })

  it('merges groups with few units further, as far as their label goes', () => {
    // Units by code: 21, 12, 12, 26, 18, 14.
    expect(mergeCodes(tables, { beta: 1, codes: 6, fewest: 13 }).groups).toBe(4)
    expect(mergeCodes(tables, { beta: 1, codes: 6, fewest: 1000 }).groupOf).toEqual([0, 0, 0, 1, 1, 1])
  })

  it('never joins labels, loses no information that it does not name, and stops where it is told', () => {
    const row = fc.array(fc.nat(40), { minLength: 3, maxLength: 3 })
    const cell = fc.record({ label: fc.nat(2), y: row, s: row })
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 2, maxLength: 12 }),
        fc.double({ min: 0, max: 4, noNaN: true }),
        (cells, beta) => {
          const random = {
            labelOf: cells.map(({ label }) => label),
            byLabel: cells.map(({ y }) => y.map((x) => x + 1)),
            byAttribute: cells.map(({ s }) => s.map((x) => x + 1)),
          }
          const labels = new Set(random.labelOf).size
          const whole = mergeCodes(random, { beta, codes: cells.length })
          for (let codes = cells.length; codes >= labels; codes--) {
            const { groupOf, groups, information } = mergeCodes(random, { beta, codes })
            expect(groups).toBe(codes)
            const labelsOf = Array.from({ length: groups }, () => new Set<number>())
            for (const [code, group] of groupOf.entries()) labelsOf[group]!.add(random.labelOf[code]!)
            expect(labelsOf.every(({ size }) => size === 1)).toBe(true)
            // The data processing inequality.
            expect(information.label).toBeLessThanOrEqual(whole.information.label + 1e-12)
            expect(information.attribute).toBeLessThanOrEqual(whole.information.attribute + 1e-12)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('takes the cheapest pair that there is', () => {
    const whole = mergeCodes(tables, { beta: 1, codes: 6 }).information
    const lossOf = ([a, b]: readonly [number, number]) => {
      const join = (rows: readonly (readonly number[])[]) =>
        rows.map((row, c) => (c === a ? row.map((x, i) => x + rows[b]![i]!) : row)).filter((_, c) => c !== b)
      const merged = {
        labelOf: tables.labelOf.filter((_, c) => c !== b),
        byLabel: join(tables.byLabel),
        byAttribute: join(tables.byAttribute),
      }
      const { label, attribute } = mergeCodes(merged, { beta: 1, codes: 5 }).information
      return whole.label - label - (whole.attribute - attribute)
    }
    const inside: (readonly [number, number])[] = [
      [0, 1],
      [0, 2],
      [1, 2],
      [3, 4],
      [3, 5],
      [4, 5],
    ]
    const cheapest = inside.toSorted((p, q) => lossOf(p) - lossOf(q))[0]!
    const { groupOf } = mergeCodes(tables, { beta: 1, codes: 5 })
    expect(groupOf[cheapest[0]]).toBe(groupOf[cheapest[1]])
  })

  it('refuses what does not fit', () => {
    expect(() => mergeCodes(tables, { beta: 1, codes: 1 })).toThrow(/at least 2 codes/)
    expect(() => mergeCodes(tables, { beta: -1, codes: 4 })).toThrow(/β/)
    expect(() => mergeCodes({ ...tables, byLabel: [[1, 2]] }, { beta: 1, codes: 4 })).toThrow(/6 codes/)
    const empty = tables.byAttribute.map(() => [0, 0])
    expect(() => mergeCodes({ ...tables, byAttribute: empty }, { beta: 1, codes: 4 })).toThrow(/not all 0/)
  })
})
