import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readTextColumns } from '../../data/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { codeColumn, codedTableOf } from './codeTexts.ts'
import { readHierarchy } from './hierarchies/file.ts'
import { distinctDiversity } from './models/distinctDiversity.ts'
import { kAnonymity } from './models/kAnonymity.ts'
import { publishTable, writePublication } from './publishTable.ts'
import { loss } from './quality/loss.ts'
import { recoded } from './recode.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'frostglass-publish-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const age = readHierarchy('20;2*;*\n21;2*;*\n30;3*;*\n31;3*;*\n99;9*;*\n', 'the hierarchy of age')
const sex = readHierarchy('f;*\nm;*\n', 'the hierarchy of sex')
const rows = [
  ['20', 'f', 'flu', 'a'],
  ['21', 'f', 'cough', 'b'],
  ['21', 'f', 'flu', 'c'],
  ['30', 'm', 'flu', 'd'],
  ['31', 'm', 'gout', 'e'],
  ['99', 'm', 'flu', 'f'],
]
const names = ['age', 'sex', 'illness', 'note']
const table = codedTableOf(
  names.map((name, j) =>
    codeColumn(
      name,
      rows.map((row) => row[j]!),
    ),
  ),
)
const roles = {
  quasi: [
    { name: 'age', hierarchy: age },
    { name: 'sex', hierarchy: sex },
  ],
  sensitive: [{ name: 'illness' }],
}
const asked = {
  models: [kAnonymity({ k: 2 }), distinctDiversity({ l: 2, sensitive: 'illness' })],
  quality: loss(),
  suppression: 0.2,
}

describe('a published table', () => {
  it('holds the generalised rows that pass, other columns as they were, in no order of the original', async () => {
    const publication = await publishTable(table, roles, asked)
    expect(publication.result).toMatchObject({ levels: [1, 0], suppressed: 1, classes: 2, optimal: true })
    expect([...publication.kept]).toEqual([1, 1, 1, 1, 1, 0])
    const path = join(folder, 'published.csv')
    const random = seededStream(7, 'order', 1)
    expect(await writePublication(path, publication, { random })).toBe(5)
    const [head, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(head).toBe('age,sex,illness,note')
    const expected = ['2*,f,flu,a', '2*,f,cough,b', '2*,f,flu,c', '3*,m,flu,d', '3*,m,gout,e']
    expect(lines.toSorted()).toEqual(expected.toSorted())
    expect(lines).not.toEqual(expected)
  })

  it('is read back from Parquet, also columns of many texts', async () => {
    const many = 70_000
    const ids = codeColumn(
      'id',
      Array.from({ length: many }, (_, i) => `n${i}`),
    )
    const ages = codeColumn(
      'age',
      Array.from({ length: many }, (_, i) => `${20 + (i % 2)}`),
    )
    const publication = await publishTable(
      codedTableOf([ids, ages]),
      { quasi: roles.quasi.slice(0, 1), sensitive: [] },
      {
        models: [kAnonymity({ k: 5 })],
        quality: loss(),
      },
    )
    const path = join(folder, 'many.parquet')
    await writePublication(path, publication)
    const { columns, rows: back } = await readTextColumns(path)
    expect(back).toBe(many)
    expect(new Set(columns[0]!.values)).toEqual(new Set(ids.values))
    expect([...columns[1]!.values]).toEqual(['20', '21'])
  })

  it('is not written where nothing passes, or a value is missing from its hierarchy', async () => {
    const path = join(folder, 'none.csv')
    const before = readdirSync(folder)
    const strict = { ...asked, models: [kAnonymity({ k: 7 })] }
    await expect(
      publishTable(table, roles, strict).then((one) => writePublication(path, one)),
    ).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('no generalisation of the 6 rows has 7-anonymity'),
    })
    const short = { ...roles, quasi: [{ name: 'age', hierarchy: sex }] }
    await expect(publishTable(table, short, asked)).rejects.toThrow('row 1, column age: "20" is missing')
    expect(existsSync(path)).toBe(false)
    expect(readdirSync(folder)).toEqual(before)
  })

  it('is refused where a column is not there, or has two roles', async () => {
    const two = { ...roles, sensitive: [{ name: 'age' }] }
    await expect(publishTable(table, two, asked)).rejects.toThrow("column 'age' is named twice")
    const none = { ...roles, sensitive: [{ name: 'salary' }] }
    await expect(publishTable(table, none, asked)).rejects.toThrow("there is no column 'salary'")
  })
})

describe('a column by its hierarchy', () => {
  it('needs leaves for the texts that rows have, and no others', () => {
    const column = { name: 'sex', values: ['m', 'f', 'x'], codes: Uint8Array.of(0, 1, 0) }
    expect([...recoded(column, sex).codes]).toEqual([1, 0, 1])
    expect(() => recoded({ ...column, codes: Uint8Array.of(0, 2) }, sex)).toThrow(
      'row 2, column sex: "x" is missing',
    )
  })
})
