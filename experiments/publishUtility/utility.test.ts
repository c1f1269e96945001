// The attack of this experiment on planted tables: all of what is there, and nothing where nothing is.

import { describe, expect, it } from 'vitest'
import type { CodedTable } from '../../src/protect/tables/codedTable.ts'
import { codeColumn, codedTableOf } from '../../src/protect/tables/codeTexts.ts'
import { climb } from '../../src/protect/tables/hierarchies/tree.ts'
import { seededStream } from '../../src/random/seeded.ts'
import { inferred } from './attack.ts'
import { taught } from './classifier.ts'
import { columns, hidden, label, type People } from './people.ts'
import { releasedOf } from './released.ts'

const random = seededStream(5, 'planted people', 1)
const values = (name: string) => Array.from({ length: name === label ? 2 : 5 }, (_, v) => `${name} ${v}`)
const hierarchies = columns.map((name) => climb(values(name), [], name))

/** People at random; the hidden value follows from nothing, the income from the age. */
function draw(rows: number): CodedTable {
  const codes = columns.map((name) =>
    Array.from({ length: rows }, () => Math.floor(random.uniform() * values(name).length)),
  )
  codes[columns.indexOf(label)] = codes[columns.indexOf('age')]!.map((age) => (age > 2 ? 1 : 0))
  return codedTableOf(
    columns.map((name, j) =>
      codeColumn(
        name,
        codes[j]!.map((code) => values(name)[code]!),
        values(name),
      ),
    ),
  )
}

const people: People = { inside: draw(400), outside: draw(400), hierarchies }
/** The table with every cell of the known columns as a star. */
const starred: CodedTable = {
  rows: 400,
  columns: people.inside.columns.map((column) =>
    column.name === hidden || column.name === label
      ? column
      : { name: column.name, values: ['*'], codes: new Uint8Array(400) },
  ),
}

describe('the attack', () => {
  it('names every hidden value of raw rows that differ, and of strangers as many as chance', () => {
    const { main, control, value } = inferred(
      releasedOf(people, people.inside),
      people.inside,
      people.outside,
      400,
    )
    expect(main).toBeGreaterThan(0.98)
    expect(control).toBeLessThan(0.3)
    expect(value).toBeGreaterThan(0.9)
  })

  it('gets nothing beyond strangers where nothing is left to know people by', () => {
    const found = inferred(releasedOf(people, starred), people.inside, people.outside, 400)
    expect(found.interval[0]).toBe(0)
    expect(found.value).toBeLessThan(0.06)
  })
})

describe('the classifier', () => {
  it('learns what raw rows say, and nothing of stars', async () => {
    expect(await taught(releasedOf(people, people.inside), people.outside, 1)).toBeGreaterThan(0.9)
    const blind = await taught(releasedOf(people, starred), people.outside, 1)
    expect(Math.abs(blind - 0.5)).toBeLessThan(0.12)
  })
})
