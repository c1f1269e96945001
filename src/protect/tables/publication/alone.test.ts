// Whether published rows pass by themselves, against shares counted from the rows; and a table whose suppressed rows made it close.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeColumn, codedTableOf } from '../codeTexts.ts'
import { readHierarchy } from '../hierarchies/file.ts'
import { distinctDiversity } from '../models/distinctDiversity.ts'
import { kAnonymity } from '../models/kAnonymity.ts'
import { tCloseness } from '../models/tCloseness.ts'
import { passAlone } from './alone.ts'

type Row = readonly [town: string, ill: string, isKept: boolean]
const town = readHierarchy('A;*\nB;*\nC;*\n', 'towns')
const roles = { quasi: [{ name: 'town', hierarchy: town }], sensitive: [{ name: 'ill' }] }

const published = (rows: readonly Row[]) => ({
  columns: codedTableOf([
    codeColumn(
      'town',
      rows.map(([where]) => where),
    ),
    codeColumn(
      'ill',
      rows.map(([, ill]) => ill),
    ),
  ]).columns,
  kept: Uint8Array.from(rows, ([, , isKept]) => (isKept ? 1 : 0)),
  rows: rows.filter(([, , isKept]) => isKept).length,
})
const alone = (rows: readonly Row[], models: Parameters<typeof passAlone>[2]) =>
  passAlone(published(rows), roles, models)

/** The largest distance of a class from all rows that are published, in halves of absolute differences. */
function furthest(rows: readonly Row[]): number {
  const kept = rows.filter(([, , isKept]) => isKept)
  const share = (of: readonly Row[], ill: string) => of.filter(([, is]) => is === ill).length / of.length
  const distances = [...new Set(kept.map(([where]) => where))].map((where) => {
    const members = kept.filter(([one]) => one === where)
    return ['flu', 'gout'].reduce((sum, ill) => sum + Math.abs(share(members, ill) - share(kept, ill)) / 2, 0)
  })
  return Math.max(...distances)
}

describe('published rows by themselves', () => {
  it('are as close as their own shares say, whatever was suppressed', () => {
    const row = fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.constantFrom('flu', 'gout'), fc.boolean())
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 2, maxLength: 30 }),
        fc.double({ min: 0.01, max: 0.9, noNaN: true }),
        (rows, t) => {
          const many = rows.filter(([, , isKept]) => isKept).length
          const [said] = alone(rows, [tCloseness({ t, sensitive: 'ill' })])
          if (many === 0 || many === rows.length) return said === undefined
          return Math.abs(furthest(rows) - t) < 1e-9 || said === furthest(rows) <= t
        },
      ),
    )
  })

  it('of a table whose suppressed rows made it close are not', () => {
    const many = (count: number, one: Row): Row[] => Array.from({ length: count }, () => one)
    // Half of all rows have the flu, as in A; of those that are published two thirds have.
    const rows = [
      ...many(10, ['A', 'flu', true]),
      ...many(10, ['A', 'gout', true]),
      ...many(10, ['B', 'flu', true]),
      ...many(10, ['C', 'gout', false]),
    ]
    const [close, size, diverse] = alone(rows, [
      tCloseness({ t: 0.5, sensitive: 'ill' }),
      kAnonymity({ k: 10 }),
      distinctDiversity({ l: 2, sensitive: 'ill' }),
    ])
    expect([close, size, diverse]).toEqual([true, undefined, false])
    expect(alone(rows, [tCloseness({ t: 1 / 3, sensitive: 'ill' })])).toEqual([true])
    expect(alone(rows, [tCloseness({ t: 0.3, sensitive: 'ill' })])).toEqual([false])
  })
})
