// Records to tables: each unit once, or with its weight among its rows.

import { describe, expect, it } from 'vitest'
import { certify } from './certify.ts'
import { countByLabel, countGroups, countUnits, shareUnits } from './table.ts'

const record = (unit: string, code: number, attribute: string, label?: string) => ({
  unit,
  code,
  attribute,
  label,
})
const records = [record('p', 0, 'm', 'yes'), record('q', 2, 'f', 'no'), record('r', 0, 'f', 'no')]

describe('units', () => {
  it('are counted by code and attribute', () => {
    expect(countUnits(records)).toEqual({
      codes: 3,
      attributes: ['f', 'm'],
      counts: [
        [1, 1],
        [0, 0],
        [1, 0],
      ],
    })
    expect(countUnits(records, { codes: 5 }).counts.length).toBe(5)
    expect(() => countUnits(records, { codes: 2 })).toThrow(/code 2 is not one of the codebook's 2/)
  })

  it('come once, or share their weight', () => {
    const again = [...records, record('p', 1, 'm', 'yes')]
    expect(() => countUnits(again)).toThrow(/unit 'p' has more than one record/)
    expect(() => countByLabel(again)).toThrow(/unit 'p' has more than one record/)
    expect(shareUnits(again).weights).toEqual([
      [1, 0.5],
      [0, 0.5],
      [1, 0],
    ])
  })

  it('add up to the table, by label', () => {
    const { labels, tables } = countByLabel(records)
    expect(labels).toEqual(['no', 'yes'])
    expect(tables).toEqual([
      {
        codes: 3,
        attributes: ['f', 'm'],
        counts: [
          [1, 0],
          [0, 0],
          [1, 0],
        ],
      },
      {
        codes: 3,
        attributes: ['f', 'm'],
        counts: [
          [0, 1],
          [0, 0],
          [0, 0],
        ],
      },
    ])
    expect(() => countByLabel([record('p', 0, 'm'), record('q', 0, 'f')])).toThrow(/record 1 has no label/)
  })

  it('are groups of windows with one attribute', () => {
    const windows = [record('p', 0, 'm'), record('p', 2, 'm'), record('p', 2, 'm'), record('q', 1, 'f')]
    expect(countGroups(windows).groups).toEqual([
      { attribute: 1, counts: [1, 0, 2] },
      { attribute: 0, counts: [0, 1, 0] },
    ])
    expect(() => countGroups([...windows, record('q', 0, 'm')])).toThrow(/'f' and 'm'/)
  })

  it.each([
    [[], /no record/],
    [[record('', 0, 'm')], /record 1 has no unit/],
    [[record('p', 0, '')], /record 1 has no attribute/],
    [[record('p', -1, 'm')], /code -1/],
    [[record('p', 0.5, 'm')], /code 0\.5/],
  ])('of %j are refused', (bad, message) => {
    expect(() => countUnits(bad)).toThrow(message)
  })
})

describe('tables that are none', () => {
  const certified = (table: object) => () =>
    certify({ codes: 2, attributes: ['a', 'b'], ...table } as never, { delta: 0.05, unit: 'person' })
  it.each([
    [{ counts: [[1, 2]] }, /states 2 codes and has 1/],
    [{ counts: [[1, 2], [3]] }, /1 cells for code 1/],
    [
      {
        counts: [
          [1, 2],
          [3, -1],
        ],
      },
      /code 1 that is no count/,
    ],
    [
      {
        counts: [
          [1, 2],
          [3, 0.5],
        ],
      },
      /code 1 that is no count/,
    ],
    [
      {
        weights: [
          [1, 2],
          [3, Number.NaN],
        ],
      },
      /code 1 that is no count/,
    ],
    [
      {
        weights: [
          [1, 2],
          [3, 0.5],
        ],
      },
      /6\.5 units in all/,
    ],
    [
      {
        counts: [
          [0, 0],
          [0, 0],
        ],
      },
      /no unit/,
    ],
    [
      {
        attributes: ['a', 'a'],
        counts: [
          [1, 2],
          [3, 4],
        ],
      },
      /twice/,
    ],
    [{ attributes: ['a'], counts: [[1], [3]] }, /two values/],
  ])('as %j are refused', (table, message) => {
    expect(certified(table)).toThrow(message)
  })
})
