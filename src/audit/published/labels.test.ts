import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dateHierarchy } from '../../protect/tables/hierarchies/dates.ts'
import { intervalHierarchy } from '../../protect/tables/hierarchies/intervals.ts'
import { rangeLabel, setLabel } from '../../protect/tables/hierarchies/labels.ts'
import { prefixHierarchy } from '../../protect/tables/hierarchies/prefixes.ts'
import type { Hierarchy } from '../../protect/tables/hierarchy.ts'
import { coverOf } from './labels.ts'
import { tableOf } from './testing.ts'

/** The values that one label is read as, of these. */
function covered(label: string, values: readonly string[], hierarchy?: Hierarchy): string[] {
  const [column] = tableOf({ c: values }).columns
  const { labelsOf } = coverOf(column!, tableOf({ c: [label] }).columns[0]!, hierarchy)
  return column!.values.filter((_, v) => labelsOf[v]!.length > 0)
}

const numbers = ['-5', '9', '10', '15.5', '19', '20', '21']

describe('labels', () => {
  it.each([
    ['*', numbers],
    ['', numbers],
    ['[10, 20[', ['10', '15.5', '19']],
    ['[10, 20)', ['10', '15.5', '19']],
    ['(10, 20]', ['15.5', '19', '20']],
    [']10;20]', ['15.5', '19', '20']],
    ['[10, 20]', ['10', '15.5', '19', '20']],
    ['10-20', ['10', '15.5', '19', '20']],
    ['10 – 20', ['10', '15.5', '19', '20']],
    ['-5-10', ['-5', '9', '10']],
    ['<10', ['-5', '9']],
    ['≤ 10', ['-5', '9', '10']],
    ['>=20', ['20', '21']],
    ['20+', ['20', '21']],
    ['[20, *]', ['20', '21']],
    ['[-inf, 9]', ['-5', '9']],
    ['{9, 21}', ['9', '21']],
    ['19', ['19']],
    ['(1e+01, 2e+01]', ['15.5', '19', '20']],
    ['{<10, [20, 30[}', ['-5', '9', '20', '21']],
    ['nonsense', []],
  ])('%s is read as it is meant', (label, expected) => {
    expect(covered(label, numbers)).toEqual(expected)
  })

  it('of dates and postcodes are read by their beginnings', () => {
    const dates = ['1980-01-31', '1980-02-01', '1981-02-01']
    expect(covered('1980', dates)).toEqual(dates.slice(0, 2))
    expect(covered('1980-02', dates)).toEqual(['1980-02-01'])
    expect(covered('[1980-02-01, 1981-12-31]', dates)).toEqual(dates.slice(1))
    expect(covered('1980-1989', dates)).toEqual(dates.slice(0, 2).concat(dates[2]!))
    expect(covered('1970-1979', dates)).toEqual([])
    expect(covered('1980-Q1', dates)).toEqual(dates.slice(0, 2))
    expect(covered('1980-W05', dates)).toEqual(dates.slice(0, 2))
    expect(covered('{1980-02, 1981-02}', dates)).toEqual(dates.slice(1))
    const codes = ['81667', '81675', '81925', '816', '8166712']
    expect(covered('816**', codes)).toEqual(['81667', '81675', '816'])
    expect(covered('816*', codes)).toEqual(['81667', '81675', '816', '8166712'])
    expect(covered('***75', codes)).toEqual(['81675'])
    expect(covered('816##', codes)).toEqual([])
  })

  it('are those of the hierarchy, at whatever level, and ranges of texts are in its order', () => {
    const school: Hierarchy = {
      leaves: ['1st', '9th', 'Bachelors', 'Doctorate'],
      levels: [
        { labels: ['1st', '9th', 'Bachelors', 'Doctorate'], groupOf: Uint32Array.of(0, 1, 2, 3) },
        { labels: ['school', 'university'], groupOf: Uint32Array.of(0, 0, 1, 1) },
      ],
    }
    expect(covered('university', ['Doctorate', '9th', 'Bachelors'], school)).toEqual([
      'Doctorate',
      'Bachelors',
    ])
    expect(covered('[9th, Bachelors]', school.leaves, school)).toEqual(['9th', 'Bachelors'])
    expect(covered('[9th, Bachelors]', school.leaves)).toEqual([])
    // As Mondrian writes two groups that have no label together.
    expect(covered('{school, Doctorate}', school.leaves, school)).toEqual(['1st', '9th', 'Doctorate'])
    expect(covered(setLabel(['[5, 10[', '[15, 20[']), numbers)).toEqual(['9', '15.5', '19'])
  })

  it('of every hierarchy that is made here are read without it as with it', () => {
    const leavesOf = (made: Hierarchy, level: number, group: number) =>
      made.leaves.filter((_, leaf) => made.levels[level]!.groupOf[leaf] === group)
    const days = ['2019-12-30', '2020-01-05', '2020-02-29', '2021-01-01', '1999-07-04', '2000-12-31']
    const codes = ['10115', '10117', '10243', '80331']
    for (const made of [
      intervalHierarchy(numbers, { origin: '0', widths: ['5', '10', '20'] }, 'x'),
      intervalHierarchy(numbers, { origin: '0', widths: ['5', '10'], bottom: '5', top: '20' }, 'x'),
      dateHierarchy(days, ['month', 'quarter', 'year', 'decade'], 'x'),
      dateHierarchy(days, ['week'], 'x'),
      prefixHierarchy(codes, {}, 'x'),
      prefixHierarchy(codes, { redact: 'left', align: 'right' }, 'x'),
    ])
      for (const [level, { labels }] of made.levels.entries())
        for (const [group, label] of labels.entries())
          expect([label, ...covered(label, made.leaves)]).toEqual([label, ...leavesOf(made, level, group)])
  })

  it.each([
    ['a dash, low end in', (x: number) => `${x - (x % 2)}-${x - (x % 2) + 2}`],
    ['brackets, low end in', (x: number) => `[${x - (x % 2)}, ${x - (x % 2) + 2}]`],
    ['brackets, high end in', (x: number) => `[${x + (x % 2) - 2}, ${x + (x % 2)}]`],
  ])('that touch are bins by their edges: %s', (_, write) => {
    const ages = Array.from({ length: 200 }, (_, i) => 20 + (i % 20))
    const own = tableOf({ age: ages }).columns[0]!
    const labels = tableOf({ age: ages.map(write) }).columns[0]!
    const { labelsOf } = coverOf(own, labels)
    own.values.forEach((value, v) => {
      expect([...labelsOf[v]!].map((label) => labels.values[label])).toEqual([write(Number(value))])
    })
  })

  it('that touch, and part people who are alike, have both ends', () => {
    const ages = Array.from({ length: 90 }, (_, i) => 20 + (i % 3))
    // Of those of 21 every second is in either half, as a relaxed partition has it.
    const half = ages.map((age, i) => (age < 21 || (age === 21 && i % 2 === 0) ? '[20, 21]' : '[21, 22]'))
    const own = tableOf({ age: ages }).columns[0]!
    expect(coverOf(own, tableOf({ age: half }).columns[0]!).labelsOf.map((labels) => labels.length)).toEqual([
      1, 2, 1,
    ])
  })

  it('that are written of values are read as these', () => {
    const value = fc.oneof(
      fc.constantFrom('', 'a, b', '{x}', 'missing', '"q"', '[1, 2'),
      fc.string({ minLength: 1, maxLength: 5 }),
    )
    fc.assert(
      fc.property(fc.uniqueArray(value, { minLength: 2, maxLength: 6 }), (values) => {
        const inside = values.slice(0, Math.max(2, values.length - 1))
        expect(covered(setLabel(inside), values)).toEqual(expect.arrayContaining(inside))
      }),
    )
    expect(covered(rangeLabel('9', '19'), numbers)).toEqual(['9', '10', '15.5', '19'])
  })
})
