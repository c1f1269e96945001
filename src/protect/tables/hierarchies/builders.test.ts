// Hierarchies by rule: each is a tree whose labels contain their values, by what the labels themselves say.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hierarchy } from '../hierarchy.ts'
import { clusteredCategories, clusteredNumbers } from './clustered.ts'
import { dateHierarchy } from './dates.ts'
import { readDecimal, writeDecimal } from './decimals.ts'
import { intervalHierarchy } from './intervals.ts'
import { orderedHierarchy } from './orderedGroups.ts'
import { prefixHierarchy } from './prefixes.ts'

/** What each leaf becomes at a level. */
const at = ({ levels }: Hierarchy, level: number) =>
  Array.from(levels[level]!.groupOf, (group) => levels[level]!.labels[group]!)

/** From the lines of a level to the sets of leaves that are together. */
const groups = ({ leaves, levels }: Hierarchy, level: number) =>
  levels[level]!.labels.map((_, group) => leaves.filter((_, leaf) => levels[level]!.groupOf[leaf] === group))

describe('decimals', () => {
  it('are exact, and come back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(12), (units, places) => {
        const text = writeDecimal(units, places)
        const read = readDecimal(text)!
        expect(read.units * 10n ** BigInt(places - read.places)).toBe(units)
      }),
    )
    expect(readDecimal('1.5e-3')).toEqual({ units: 15n, places: 4 })
    expect(readDecimal('-2E2')).toEqual({ units: -200n, places: 0 })
    for (const text of ['', 'x', '1,5', '0x1', 'Infinity', '1e999', '.'])
      expect(readDecimal(text)).toBeUndefined()
  })
})

describe('intervals', () => {
  it('contain their values, nest and are as wide as stated', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -300, max: 300 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: -20, max: 20 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 2, max: 4 }),
        fc.option(fc.integer({ min: -30, max: 0 })),
        fc.option(fc.integer({ min: 1, max: 30 })),
        (tenths, origin, width, factor, bottom, top) => {
          const text = (number: number) => writeDecimal(BigInt(number), 1)
          const tree = intervalHierarchy(
            tenths.map(text),
            {
              origin: text(origin),
              widths: [text(width), text(width * factor)],
              bottom: bottom === null ? undefined : text(bottom),
              top: top === null ? undefined : text(top),
            },
            'it',
          )
          for (const level of [1, 2])
            at(tree, level).forEach((label, leaf) => {
              const number = tenths[leaf]!
              if (label.startsWith('<')) {
                expect(number).toBeLessThan(bottom!)
                return
              }
              if (label.startsWith('>=')) {
                expect(number).toBeGreaterThanOrEqual(top!)
                return
              }
              const [low, high] = [...label.matchAll(/-?[\d.]+/g)].map(([said]) =>
                Math.round(10 * Number(said)),
              )
              expect(low!).toBeLessThanOrEqual(number)
              expect(number).toBeLessThan(high!)
              const full = level === 1 ? width : width * factor
              if (low !== bottom && high !== top) expect(high! - low!).toBe(full)
              else expect(high! - low!).toBeLessThanOrEqual(full)
            })
        },
      ),
    )
  })

  it('put 0.3 into [0.3, 0.4[, which binary fractions do not', () => {
    const tree = intervalHierarchy(['0.3', '0.7', '', '-0.05'], { origin: '0', widths: ['0.1', '1'] }, 'it')
    expect(at(tree, 1)).toEqual(['[0.3, 0.4[', '[0.7, 0.8[', '', '[-0.1, 0['])
    expect(at(tree, 2)).toEqual(['[0, 1[', '[0, 1[', '', '[-1, 0['])
    expect(at(tree, 3)).toEqual(['*', '*', '*', '*'])
  })

  it.each([
    [{ origin: '0', widths: [] }, /no width/],
    [{ origin: '0', widths: ['0'] }, /the width 0/],
    [{ origin: '0', widths: ['5', '12'] }, /the width 12 cut those of the width 5/],
    [{ origin: '0', widths: ['5', '5'] }, /cut those/],
    [{ origin: 'x', widths: ['5'] }, /the origin of intervals is "x"/],
    [{ origin: '0', widths: ['5'], bottom: '9', top: '9' }, /bottom at 9 and their top at 9/],
  ])('refuse %j', (options, message) => {
    expect(() => intervalHierarchy(['1'], options, 'it')).toThrow(message)
  })

  it('refuse a value that is no number', () => {
    expect(() =>
      intervalHierarchy(['1', 'old'], { origin: '0', widths: ['5'] }, 'the hierarchy of age'),
    ).toThrow('the hierarchy of age is one of intervals, but "old" is no number')
  })
})

describe('dates', () => {
  it('become units of the calendar', () => {
    const tree = dateHierarchy(
      ['2026-11-30', '2024-02-29T23:59', '', '1999-01-01 00:00'],
      ['day', 'month', 'quarter', 'year', 'decade'],
      'it',
    )
    expect(at(tree, 1)).toEqual(['2026-11-30', '2024-02-29', '', '1999-01-01'])
    expect(at(tree, 2)).toEqual(['2026-11', '2024-02', '', '1999-01'])
    expect(at(tree, 3)).toEqual(['2026-Q4', '2024-Q1', '', '1999-Q1'])
    expect(at(tree, 5)).toEqual(['2020-2029', '2020-2029', '', '1990-1999'])
  })

  it('lie in the week of their Thursday (days of ISO 8601 and its commentaries)', () => {
    const days = [
      '2005-01-01',
      '2005-12-31',
      '2006-01-01',
      '2007-01-01',
      '2008-12-29',
      '2010-01-03',
      '0099-06-01',
    ]
    expect(at(dateHierarchy(days, ['week'], 'it'), 1)).toEqual([
      '2004-W53',
      '2005-W52',
      '2005-W52',
      '2007-W01',
      '2009-W01',
      '2009-W53',
      '0099-W23',
    ])
  })

  it('of any year nest', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
          {
            minLength: 1,
            selector: (date) => date.toISOString().slice(0, 10),
          },
        ),
        (dates) => {
          const days = dates.map((date) => date.toISOString().slice(0, 10))
          dateHierarchy(days, ['day', 'month', 'quarter', 'year', 'decade'], 'it')
          const weeks = dateHierarchy(days, ['day', 'week'], 'it')
          // A week holds days of which none is seven days from another.
          for (const week of groups(weeks, 2)) {
            const times = week.map((day) => Date.parse(day))
            expect(Math.max(...times) - Math.min(...times)).toBeLessThan(7 * 86_400_000)
          }
        },
      ),
    )
  })

  it('are read in the form that is stated', () => {
    expect(at(dateHierarchy(['30.11.2026', '1.2.2024'], ['month'], 'it', 'DD.MM.YYYY'), 1)).toEqual([
      '2026-11',
      '2024-02',
    ])
  })

  it.each([
    [['2023-02-29'], ['month'] as const, undefined, /"2023-02-29" is no date/],
    [['1900-02-29'], ['month'] as const, undefined, /is no date/],
    [['2026-13-01'], ['month'] as const, undefined, /is no date/],
    [['30.11.2026'], ['month'] as const, undefined, /no date of the form YYYY-MM-DD/],
    [['2026-11-30'], ['year', 'month'] as const, undefined, /month stands above year/],
    [['2026-11-30'], ['week', 'month'] as const, undefined, /weeks do not lie within one month/],
    [['2026-11-30'], [] as const, undefined, /no unit/],
    [['2026-11-30'], ['month'] as const, 'YY-MM', /does not have YYYY, MM and DD/],
  ])('refuse %j by %j in %s', (values, units, form, message) => {
    expect(() => dateHierarchy(values, units, 'it', form)).toThrow(message)
  })
})

describe('prefixes', () => {
  it('lose one character after the other', () => {
    const tree = prefixHierarchy(['10115', '10999', '2000', ''], {}, 'it')
    expect(at(tree, 1)).toEqual(['1011*', '1099*', '2000*', ''])
    expect(at(tree, 4)).toEqual(['1****', '1****', '2****', ''])
    expect(at(tree, 5)).toEqual(['*', '*', '*', '*'])
  })

  it('keep what is stated, from the end that is stated', () => {
    const tree = prefixHierarchy(
      ['10115', '2000'],
      { kept: [3, 1], redact: 'left', align: 'right', character: '#' },
      'it',
    )
    expect(at(tree, 1)).toEqual(['##115', '##000'])
    expect(at(tree, 2)).toEqual(['####5', '####0'])
  })

  it('are trees, whatever the values', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ maxLength: 6 }), { minLength: 1 }),
        fc.constantFrom('left' as const, 'right' as const),
        fc.constantFrom('left' as const, 'right' as const),
        (values, redact, align) => {
          expect(prefixHierarchy(values, { redact, align }, 'it').levels.at(-1)!.labels).toEqual(['*'])
        },
      ),
    )
  })

  it('refuse numbers that do not fall', () => {
    expect(() => prefixHierarchy(['12'], { kept: [1, 1] }, 'it')).toThrow(/keeps 1, 1 characters/)
    expect(() => prefixHierarchy(['12'], { character: '**' }, 'it')).toThrow(/not one character/)
  })
})

describe('ordered groups', () => {
  it('join neighbours', () => {
    const tree = orderedHierarchy(['a', 'b', 'c', 'd', 'e'], [[2, 1], [2]], 'it')
    expect(at(tree, 1)).toEqual(['[a, b]', '[a, b]', 'c', 'd', 'e'])
    expect(at(tree, 2)).toEqual(['[a, c]', '[a, c]', '[a, c]', '[d, e]', '[d, e]'])
    expect(at(tree, 3)).toEqual(['*', '*', '*', '*', '*'])
  })

  it('refuse sizes that join nothing', () => {
    expect(() => orderedHierarchy(['a', 'b'], [[1]], 'it')).toThrow(/joins nothing/)
    expect(() => orderedHierarchy(['a', 'b'], [[0]], 'it')).toThrow(/groups of 0/)
    expect(() => orderedHierarchy(['a', 'a'], [[2]], 'it')).toThrow(/the value "a" twice/)
  })
})

describe('clusters', () => {
  const columns = fc
    .uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 40 })
    .chain((numbers) =>
      fc.record({
        values: fc.constant(numbers.map(String)),
        counts: fc.array(fc.integer({ min: 1, max: 9 }), {
          minLength: numbers.length,
          maxLength: numbers.length,
        }),
      }),
    )

  it('of numbers are ranges without holes, so many a level', () => {
    fc.assert(
      fc.property(columns, fc.integer({ min: 2, max: 5 }), (column, fanOut) => {
        const tree = clusteredNumbers(column, fanOut, 'it')
        const sorted = column.values.map(Number).sort((a, b) => a - b)
        tree.levels.slice(1, -1).forEach(({ labels }, level) => {
          expect(labels.length).toBe(Math.ceil(tree.levels[level]!.labels.length / fanOut))
        })
        for (let level = 1; level + 1 < tree.levels.length; level++)
          for (const group of groups(tree, level)) {
            const places = group.map((value) => sorted.indexOf(Number(value)))
            expect(Math.max(...places) - Math.min(...places)).toBe(group.length - 1)
          }
      }),
    )
  })

  it('of numbers join what loses least: one merge is the best of all pairs', () => {
    fc.assert(
      fc.property(columns, (column) => {
        const pairs = column.values.map((text, i) => ({ number: Number(text), rows: column.counts[i]! }))
        const sorted = pairs.toSorted((a, b) => a.number - b.number)
        if (sorted.length < 3) return
        // A fan-out just above 1 is not offered; the first merge shows in the cheapest pair being together at level 1.
        const costs = sorted
          .slice(1)
          .map((one, i) => (one.rows + sorted[i]!.rows) * (one.number - sorted[i]!.number))
        const best = costs.indexOf(Math.min(...costs))
        const tree = clusteredNumbers(column, 2, 'it')
        const labels = at(tree, 1)
        const labelOf = (number: number) => labels[column.values.indexOf(String(number))]
        expect(labelOf(sorted[best]!.number)).toBe(labelOf(sorted[best + 1]!.number))
      }),
    )
  })

  it('of categories join the rarest', () => {
    const tree = clusteredCategories(
      { values: ['Laos', 'USA', '', 'Scotland', 'Mexico'], counts: [1, 900, 4, 2, 50] },
      2,
      'it',
    )
    expect(at(tree, 1)).toEqual([
      '{Laos, Scotland, Mexico}',
      'USA',
      '',
      '{Laos, Scotland, Mexico}',
      '{Laos, Scotland, Mexico}',
    ])
    expect(at(tree, 2)).toEqual(['*', '*', '*', '*', '*'])
  })

  it('refuse texts where numbers are meant, and a fan-out of 1', () => {
    expect(() => clusteredNumbers({ values: ['x'], counts: [1] }, 2, 'it')).toThrow(/"x" is no number/)
    expect(() => clusteredNumbers({ values: ['1', '2'], counts: [1, 1] }, 1, 'it')).toThrow(/joins 1 groups/)
  })
})
