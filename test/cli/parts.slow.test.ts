// From outside: Parquet in several files is one table, in the order of their names, or a word is said.

import { symlinkSync, writeFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { json, refused, workplace, works } from './harness.ts'

const place = workplace()
const preview = (path: string) => json(place, `key preview ${path}`)

async function sql(...queries: string[]): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    let rows: unknown[][] = []
    for (const query of queries)
      rows = (await (
        await connection.run(query.replaceAll('@', `${place.folder}/`))
      ).getRowsJson()) as unknown[][]
    return rows
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** Writes a file with the rows of a query. */
const parquet = (path: string, query: string) => sql(`COPY (${query}) TO '@${path}' (FORMAT parquet)`)

const part = (from: number, to: number, columns = 'i AS x, (i * 0.25)::DECIMAL(9,2) AS d, i % 3 AS y') =>
  `SELECT ${columns} FROM range(${from}, ${to}) q(i)`

beforeAll(async () => {
  place.make('parts')
  // In the order of names part-10 stands before part-2.
  await parquet('parts/part-1.parquet', part(0, 40))
  await parquet('parts/part-10.parquet', part(40, 70, 'i % 3 AS y, i AS x, (i * 0.25)::DECIMAL(9,2) AS d'))
  await parquet('parts/part-2.parquet', part(70, 90))
  await parquet('parts/.hidden.parquet', part(500, 600))
  await parquet('parts/_temporary.parquet', part(500, 600))
  writeFileSync(place.at('parts/_SUCCESS'), '')
  writeFileSync(place.at('parts/README.txt'), 'rows of patients')
  await parquet('whole.parquet', part(0, 90))
})

it.each([
  ['parts'],
  ['parts/'],
  ['parts/part-*.parquet'],
  ['parts/part-[12]*.parquet'],
  ['./parts/*.parquet'],
])('comes back as one table: %s', async (path) => {
  const create = `key create ${path} --label y --layers 2 --audit off --unsealed --force --out k.key`
  const { warnings } = await json(place, create)
  const hidden = warnings.filter((one: string) => /parquet.* left out/.test(one))
  expect(hidden.length).toBe(path.includes('part-') ? 0 : 1)
  await works(place, `protect ${path} --key k.key --force --out p.parquet`)
  await works(place, 'restore p.parquet --key k.key --force --out back.parquet')
  expect(await sql(`FROM '@back.parquet'`)).toEqual(await sql(`FROM '@whole.parquet'`))
  const described = (name: string) => sql(`SELECT column_name, column_type FROM (DESCRIBE FROM '@${name}')`)
  expect(await described('back.parquet')).toEqual(await described('whole.parquet'))
})

it('keeps the order of rows of many files and row groups', async () => {
  place.make('many')
  await sql(
    ...Array.from(
      { length: 12 },
      (_, i) =>
        `COPY (SELECT r::DOUBLE AS x, (r * 7 % 101)::DOUBLE AS z FROM range(${i * 9000}, ${(i + 1) * 9000}) q(r)) TO '@many/${String.fromCharCode(97 + i)}.parquet' (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
    ),
  )
  await works(place, 'key create many --layers 1 --audit off --unsealed --force --out many.key')
  await works(place, 'encode many --key many.key --force --out e.parquet')
  await works(place, 'restore e.parquet --key many.key --force --out many.csv')
  expect(
    place
      .cells('many.csv')
      .slice(1)
      .every(([x], r) => Number(x) === r),
  ).toBe(true)
  expect(place.cells('many.csv').length).toBe(12 * 9000 + 1)
})

it('is read by the service, too', async () => {
  await works(place, 'train parts --label y --out m.onnx --epochs 2 --folds 0')
  await works(place, 'predict m.onnx parts --out a.csv --force')
  expect(place.cells('a.csv').length).toBe(91)
})

describe('is refused, naming the odd file and column', () => {
  const odd: [string, string, RegExp][] = [
    [
      'a column more',
      'i AS x, i AS y, 1 AS z',
      /odd\/b\.parquet: it has a column z, and odd\/a\.parquet has none/,
    ],
    ['a column less', 'i AS x', /odd\/b\.parquet: it has no column y, and odd\/a\.parquet has one/],
    [
      'another type',
      'i AS x, i::DOUBLE AS y',
      /odd\/b\.parquet: column y is DOUBLE, and in odd\/a\.parquet it is BIGINT/,
    ],
    ['another case', 'i AS x, i AS Y', /odd\/b\.parquet: it has a column Y/],
  ]
  it.each(odd)('%s', async (_, columns, words) => {
    if (!place.has('odd')) place.make('odd')
    await parquet('odd/a.parquet', part(0, 9, 'i AS x, i AS y'))
    await parquet('odd/b.parquet', part(0, 9, columns))
    await refused(place, 'key preview odd', 2, [words])
  })

  it('a file that is none', async () => {
    place.make('damaged')
    await parquet('damaged/a.parquet', part(0, 9))
    writeFileSync(place.at('damaged/b.parquet'), 'PAR1 and so on')
    await refused(place, 'key preview damaged', 2, [
      /damaged\/b\.parquet: reading failed: this is no Parquet/,
    ])
    symlinkSync('nowhere', place.at('damaged/c.parquet'))
    await refused(place, 'key preview damaged', 2, [/damaged\/c\.parquet: there is no such file/])
  })

  it('what would be left out', async () => {
    place.make('mixed')
    await parquet('mixed/a.parquet', part(0, 9))
    place.make('mixed/year=2024')
    await refused(place, 'key preview mixed', 2, [
      /mixed is a folder of \.parquet files and of year=2024, .*\n.*'mixed\/\*\.parquet'/,
    ])
    expect(await preview('mixed/*.parquet')).toMatchObject({ rows: 9 })
    writeFileSync(place.at('mixed/b.csv'), 'x,d,y\n1,2,3\n')
    await refused(place, 'key preview mixed', 2, [/files and of b\.csv, which would be left out/])
    await refused(place, 'key preview mixed/*', 2, [/mixed\/(b\.csv|year=2024) is no \.parquet file/])
  })

  it('what is no Parquet at all', async () => {
    place.make('texts')
    await refused(place, 'key preview texts', 2, [
      /texts is a folder, expected a table file\n.*\.parquet files/,
    ])
    writeFileSync(place.at('texts/a.csv'), 'x\n1\n')
    writeFileSync(place.at('texts/b.csv'), 'x\n1\n')
    await refused(place, 'key preview texts', 2, [/expected a table file\n.*several CSV files/])
    await refused(place, 'key preview texts/*.csv', 2, [/texts\/a\.csv is no \.parquet file/])
    await refused(place, 'key preview texts/z*.parquet', 2, [/no file has such a name/])
    await refused(place, 'key preview none/*.parquet', 2, [/none: there is no such file/])
    await refused(place, 'key preview parts --decimal-comma', 2, [/--decimal-comma is about CSV files/])
  })

  it('an output that would be a part', async () => {
    const create = 'key create parts --layers 2 --audit off --unsealed --force --out k.key'
    await works(place, create)
    for (const path of ['parts', 'parts/*.parquet'])
      await refused(place, `protect ${path} --key k.key --out parts/p.parquet`, 2, [
        /parts\/p\.parquet would stand among the files/,
      ])
  })
})

it('takes no column from the name of a folder', async () => {
  place.make('year=2024')
  await parquet('year=2024/x.parquet', part(0, 9))
  writeFileSync(place.at('year=2024/x.jsonl'), '{"a":1}\n{"a":2}\n')
  for (const [name, count] of [
    ['year=2024/x.parquet', 3],
    ['year=2024', 3],
    ['year=2024/x.jsonl', 1],
  ] as const)
    expect((await preview(name)).columns.length).toBe(count)
})

it('a file whose name looks like a pattern is that file', async () => {
  place.make('named')
  await parquet('named/a[1].parquet', part(0, 9))
  await parquet('named/a1.parquet', part(0, 5))
  expect(await preview('named/a[1].parquet')).toMatchObject({ rows: 9 })
  expect(await preview('named/a[!2].parquet')).toMatchObject({ rows: 5 })
  expect(await preview('named')).toMatchObject({ rows: 14 })
})

it('however rows are divided, the same table comes back', async () => {
  let turn = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 5 }),
      async (sizes) => {
        const total = sizes.reduce((a, b) => a + b, 0)
        fc.pre(total > 3)
        const folder = `split${turn++}`
        place.make(folder)
        let from = 0
        for (const [i, size] of sizes.entries()) {
          await parquet(`${folder}/${i}.parquet`, part(from, from + size, `i AS x, 'a' || (i % 2) AS t`))
          from += size
        }
        await works(place, `key create ${folder} --layers 1 --audit off --unsealed --force --out s.key`)
        await works(place, `protect ${folder} --key s.key --force --out s.parquet`)
        await works(place, 'restore s.parquet --key s.key --force --out s-back.parquet')
        expect(await sql(`FROM '@s-back.parquet'`)).toEqual(
          Array.from({ length: total }, (_, i) => [String(i), `a${i % 2}`]),
        )
      },
    ),
    { numRuns: 6 },
  )
})
