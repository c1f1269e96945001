// Splits by unit: nobody in two parts, the seed and the units alone decide, calibration rows stay sealed.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SealedRows } from './sealedRows.ts'
import { defaultShares, type Part, splitByParts, splitUnits } from './splitUnits.ts'

const fixed = { pane: 'a'.repeat(64), codebook: 'b'.repeat(64) }
const open = (sealed: SealedRows) => sealed.open([fixed])

describe('splitUnits', () => {
  it('puts all rows of a unit into one part, and every row into one, at the shares asked for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 400, maxLength: 500 }),
        fc.nat(),
        (who, seed) => {
          const units = who.map((w) => `unit ${w}`)
          const distinct = new Set(units).size
          const split = splitUnits(units, { seed })
          const calibration = open(split.calibration)
          const parts = [split.train, split.validation, calibration, split.attackTest]
          const all = parts.flatMap(({ rows }) => [...rows]).sort((a, b) => a - b)
          expect(all).toEqual(units.map((_, row) => row))
          const people = parts.map(({ rows }) => new Set(Array.from(rows, (row) => units[row]!)))
          expect(people.map((p) => p.size)).toEqual(parts.map((p) => p.units))
          expect(people.reduce((sum, p) => sum + p.size, 0)).toBe(distinct)
          Object.values(defaultShares).forEach((share, i) => {
            expect(Math.abs(parts[i]!.units - (share / 100) * distinct)).toBeLessThanOrEqual(1)
          })
        },
      ),
      { numRuns: 30 },
    )
  })

  it('does not depend on the order of rows, and depends on the seed', () => {
    const units = Array.from({ length: 50 }, (_, i) => `person ${i}`)
    const partsOf = (list: readonly string[], seed: number) => {
      const split = splitUnits(list, { seed })
      return [split.train.sha256, split.validation.sha256, split.calibration.sha256, split.attackTest.sha256]
    }
    expect(partsOf(units.toReversed(), 3)).toEqual(partsOf(units, 3))
    expect(partsOf(units, 4)).not.toEqual(partsOf(units, 3))
  })

  it('takes shares of any sum, and a part without a share', () => {
    const units = Array.from({ length: 600 }, (_, i) => `${i}`)
    const shares = { train: 320, validation: 30, calibration: 250, attackTest: 0 }
    const split = splitUnits(units, { shares })
    expect([
      split.train.units,
      split.validation.units,
      split.calibration.units,
      split.attackTest.units,
    ]).toEqual([320, 30, 250, 0])
  })

  it('refuses shares that are none, and too few units', () => {
    const shares = { ...defaultShares, train: -1 }
    expect(() => splitUnits(['a', 'b'], { shares })).toThrow(/shares -1\/5\/35\/20/)
    expect(() => splitUnits(['a', 'a', 'a'])).toThrow(/none of the 1 units/)
  })
})

describe('splitByParts', () => {
  it('refuses a unit in two parts', () => {
    const parts: Part[] = ['train', 'validation', 'calibration', 'calibration']
    expect(() => splitByParts(['a', 'b', 'c', 'a'], parts)).toThrow(
      /'a' is in two parts.*train and calibration/,
    )
    expect(splitByParts(['a', 'b', 'c', 'c'], parts).calibration.units).toBe(1)
  })
})

describe('the calibration rows', () => {
  const sealed = () => splitUnits(Array.from({ length: 40 }, (_, i) => `${i}`)).calibration

  it('cannot be read without opening, and are opened once', () => {
    const calibration = sealed()
    expect(Object.values(calibration).some((v) => ArrayBuffer.isView(v) || Array.isArray(v))).toBe(false)
    expect(open(calibration).rows).toHaveLength(calibration.count)
    expect(() => open(calibration)).toThrow(/opened before/)
  })

  it('stay sealed when no pane is fixed', () => {
    const calibration = sealed()
    expect(() => calibration.open([])).toThrow(/no pane is fixed/)
    expect(open(calibration).candidates).toBe(1)
  })

  it('serve the panes that were fixed and no other, each a candidate', () => {
    const other = { ...fixed, pane: 'c'.repeat(64) }
    const opened = sealed().open([fixed, other, fixed])
    expect(opened.candidates).toBe(2)
    opened.requireFixed(other)
    expect(() => opened.requireFixed({ ...fixed, codebook: 'd'.repeat(64) })).toThrow(/after the calibration/)
  })
})
