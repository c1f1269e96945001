// From outside: tables come back as they went, or a word is said before anything is written.

import { writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, test } from 'vitest'
import { openTable } from '../../src/data/index.ts'
import { createParquetWriter } from '../../src/data/parquet.ts'
import { csv, json, refused, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const key = (table: string, options = '') =>
  json(
    place,
    `key create ${table}${options === '' ? '' : ` ${options}`} --layers 2 --audit off --unsealed --force --out k.key`,
  )

/** What comes back of a table, as a file of the given kind. */
async function back(table: string, kind = 'csv', later = table): Promise<string> {
  await works(place, `protect ${later} --key k.key --force --out p.csv`)
  await works(place, `restore p.csv --key k.key --force --out back.${kind}`)
  return `back.${kind}`
}

async function sql(query: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    return (await (
      await connection.run(query.replaceAll('@', `${place.folder}/`))
    ).getRowsJson()) as unknown[][]
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

const rows = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i))

test('a table of every writing comes back to the byte', async () => {
  const lines = rows(40, (i) =>
    [
      i - 7,
      (55.4 + i / 10).toFixed(2),
      String((i * i) / 8),
      i % 4 === 0 ? `${i / 4}.0` : String(i / 4),
      String(i % 7).padStart(5, '0'),
      `2024-02-${String((i % 28) + 1).padStart(2, '0')}`,
      `2024-02-01T12:${String(i).padStart(2, '0')}:00.250Z`,
      i % 2 === 0 ? 'true' : 'false',
      ['"a, ""b"""', 'naïve 😀', "it's", ' padded '][i % 4],
      i % 10 === 0 ? '0.0' : '1e-05',
      ['01', '02', '10'][i % 3],
    ].join(','),
  )
  const text = csv(['whole,fixed,plain,pointed,code,day,moment,truth,"text, quoted",small,label', ...lines])
  put('every.csv', text)
  const { warnings } = await key('every.csv', '--label label')
  expect(warnings.filter((one: string) => one.includes('digits'))).toEqual([])
  expect(place.read(await back('every.csv'))).toBe(text)
})

test('a column that was whole when the key was made is not rounded ever after', async () => {
  put('whole.csv', csv(['x,y', ...rows(30, (i) => `${i},${i / 4}`)]))
  await key('whole.csv')
  put('later.csv', csv(['x,y', '2.5,1', '7,2.25', '0.125,0']))
  expect(place.read(await back('whole.csv', 'csv', 'later.csv'))).toBe(place.read('later.csv'))
  await works(place, 'protect later.csv --key k.key --force --out p.csv')
  await refused(place, 'restore p.csv --key k.key --out b.parquet', 2, [
    // Which of the two comes first is the key's secret.
    /column 'x' .* cannot hold (2\.5|0\.125)/,
    /\.csv/,
  ])
})

test('0 comes back as 0, and 55.4 as 55.4', async () => {
  put(
    'zero.csv',
    csv([
      'x,y,z',
      ...rows(
        50,
        (i) => `${i % 5 === 0 ? 0 : (i * 0.37).toFixed(1)},${(55.4 + i * 3.1).toFixed(1)},${i * 1000}`,
      ),
    ]),
  )
  await key('zero.csv', '--label z --task number')
  const lines = place
    .read(await back('zero.csv'))
    .trim()
    .split('\n')
  expect(lines[1]).toBe('0,55.4,0')
  expect(lines.join('\n')).not.toMatch(/e-|\d{8}/)
})

describe('whole numbers that float64 has not', () => {
  test.each([
    ['CSV', 'big.csv'],
    ['JSON', 'big.jsonl'],
  ])('are refused as a feature, in %s', async (_, name) => {
    const numbers = rows(12, (i) => `${9007199254740990n + BigInt(i)}`)
    put('big.csv', csv(['id,x', ...numbers.map((n, i) => `${n},${i}`)]))
    put('big.jsonl', numbers.map((n, i) => `{"id":${n},"x":${i}}\n`).join(''))
    const words = [/row 3/, /column id: the number has more digits than float64 holds/, /--categorical/]
    await refused(place, `key create ${name} --unsealed --out no.key`, 2, words)
  })

  test('are classes of their own as a label, and come back', async () => {
    const text = csv(['x,y', ...rows(30, (i) => `${i},${9007199254740991n + BigInt(i % 3)}`)])
    put('classes.csv', text)
    expect(await key('classes.csv', '--label y')).toMatchObject({ label: 'class', classes: 3 })
    expect(place.read(await back('classes.csv'))).toBe(text)
  })

  test('forty uint64 of Parquet are forty classes, and are refused as a feature', async () => {
    await sql(
      `COPY (SELECT i AS x, (18446744073709551575 + (i % 40))::UBIGINT AS y FROM range(120) t(i)) TO '@u64.parquet'`,
    )
    expect(await key('u64.parquet', '--label y')).toMatchObject({ label: 'class', classes: 40 })
    await back('u64.parquet', 'parquet')
    expect(await sql(`SELECT count(*) FROM (FROM '@u64.parquet' EXCEPT ALL FROM '@back.parquet')`)).toEqual([
      ['0'],
    ])
    expect(await sql(`SELECT column_type FROM (DESCRIBE FROM '@back.parquet')`)).toEqual([
      ['BIGINT'],
      ['UBIGINT'],
    ])
    await refused(place, 'key create u64.parquet --unsealed --out no.key', 2, [
      /column y: the number has more digits/,
    ])
  })

  test('decimals of 38 digits are refused, unless they fit', async () => {
    await sql(`COPY (SELECT i AS x, (i * 0.25)::DECIMAL(38,10) AS y FROM range(30) t(i)) TO '@d.parquet'`)
    await key('d.parquet')
    await back('d.parquet', 'parquet')
    expect(await sql(`SELECT count(*) FROM (FROM '@d.parquet' EXCEPT ALL FROM '@back.parquet')`)).toEqual([
      ['0'],
    ])
    expect(await sql(`SELECT typeof(y) FROM '@back.parquet' LIMIT 1`)).toEqual([['DECIMAL(38,10)']])
    await sql(
      `COPY (SELECT i AS x, ('1234567890123456789.000000000' || (i % 10))::DECIMAL(38,10) AS y FROM range(30) t(i)) TO '@d38.parquet'`,
    )
    await refused(place, 'key create d38.parquet --unsealed --out no.key', 2, [
      /column y: the number has more digits/,
    ])
  })

  test('spread too far to be given back exactly are refused', async () => {
    put('spread.csv', csv(['id,x', ...rows(30, (i) => `${i * 300_000_000_000_000},${i}`)]))
    await refused(place, 'key create spread.csv --unsealed --out no.key', 2, [
      /column 'id' .* could not give back exactly/,
    ])
  })
})

describe('codes keep what they are', () => {
  test.each([
    ['leading zeros', (i: number) => String(i % 9).padStart(5, '0')],
    ['scientific', (i: number) => ['1E5', '2E5', '100000'][i % 3]!],
    ['grouped', (i: number) => ['1_100', '1_200', '1300'][i % 3]!],
  ])('%s', async (_, of) => {
    const text = csv(['code,x', ...rows(30, (i) => `${of(i)},${i}`)])
    put('codes.csv', text)
    const { warnings } = await key('codes.csv')
    expect(warnings).toContainEqual(
      expect.stringMatching(/codes\.csv, column code: codes like ".+" \(row \d\) are taken as categories/),
    )
    expect(place.read(await back('codes.csv'))).toBe(text)
  })

  test('labels 01, 02 are not 1, 2', async () => {
    const text = csv(['x,y', ...rows(30, (i) => `${i},0${(i % 3) + 1}`)])
    put('labels.csv', text)
    await key('labels.csv', '--label y')
    expect(place.read(await back('labels.csv'))).toBe(text)
  })

  test('labels 1.0, 2.0 come back so', async () => {
    const text = csv(['x,y', ...rows(30, (i) => `${i},${(i % 3) + 1}.0`)])
    put('labels.csv', text)
    await key('labels.csv', '--label y')
    expect(place.read(await back('labels.csv'))).toBe(text)
  })

  test('one that comes late is named', async () => {
    put('late.csv', csv(['x,y', ...rows(25_000, (i) => `${i === 24_000 ? '00017' : i},1`)]))
    await refused(place, 'key create late.csv --unsealed --out no.key', 2, [
      /row 24001, column x: this looks like a code/,
      /--categorical/,
    ])
  })

  test('in a later table they are refused, not stripped', async () => {
    put('numbers.csv', csv(['x,y', ...rows(30, (i) => `${i},${i / 2}`)]))
    await key('numbers.csv')
    for (const cell of ['00017', '1_100', '1E5']) {
      put('coded.csv', csv(['x,y', `${cell},1`]))
      await refused(place, 'protect coded.csv --key k.key --out no.csv', 2, [/row 1, column x/])
    }
  })

  test('are numbers where the owner says so', async () => {
    put('padded.csv', csv(['x,y', ...rows(30, (i) => `${String(i).padStart(3, '0')},${i}`)]))
    expect(await key('padded.csv', '--numeric x')).toMatchObject({ numericColumns: 2 })
    expect(place.cells(await back('padded.csv')).slice(1, 3)).toEqual([
      ['0', '0'],
      ['1', '1'],
    ])
  })
})

describe('numbers and dates in another writing are said to be categories', () => {
  test.each([
    ['decimal commas', (i: number) => `"${i % 20},5"`, /look like numbers/],
    ['thousands', (i: number) => `"1,${200 + (i % 20)}"`, /look like numbers/],
    ['money', (i: number) => `$${i % 20}`, /look like numbers/],
    ['percent', (i: number) => `${i % 20}%`, /look like numbers/],
    ['dates of another order', (i: number) => `${(i % 20) + 10}.02.2024`, /look like dates/],
    ['American dates', (i: number) => `2/${(i % 20) + 1}/2024`, /look like dates/],
  ])('%s', async (_, of, words) => {
    const text = csv(['a,x', ...rows(40, (i) => `${of(i)},${i}`)])
    put('said.csv', text)
    const { warnings, categoricalColumns } = await key('said.csv')
    expect(categoricalColumns).toBe(1)
    expect(warnings).toContainEqual(expect.stringMatching(words))
    expect(place.read(await back('said.csv'))).toBe(text)
  })

  test('one text among JSON numbers is no silent category', async () => {
    put('mixed.jsonl', rows(30, (i) => `{"a":${i === 20 ? '"n/k"' : i},"b":${i}}\n`).join(''))
    await refused(place, 'key create mixed.jsonl --unsealed --out no.key', 2, [
      /row 21, column a: expected a number as in most rows, found "n\/k"/,
    ])
  })
})

test('a JSON field that first appears late is a column', async () => {
  put(
    'late.jsonl',
    rows(30_000, (i) => (i < 29_992 ? `{"a":${i % 100}}\n` : `{"a":1,"b":${i % 7}}\n`)).join(''),
  )
  await refused(place, 'key create late.jsonl --unsealed --out no.key', 2, [
    /row 1, column b: the value is missing/,
  ])
  expect(await key('late.jsonl', '--missing mean')).toMatchObject({ numericColumns: 2 })
})

test('a label that is ignored is a contradiction', async () => {
  put('t.csv', csv(['x,y', ...rows(10, (i) => `${i},${i % 2}`)]))
  await refused(place, 'key create t.csv --label y --ignore y --unsealed --out no.key', 2, [
    /the column y is said to be two things/,
  ])
  await expect(openTable(place.at('t.csv'), { label: 'y', columns: { y: 'ignore' } })).rejects.toThrow(
    'y cannot be the label and be ignored',
  )
})

test('Parquet names that are the same are refused', async () => {
  const file = await open(place.at('twice.parquet'), 'wx')
  const writer = createParquetWriter(file, [
    { name: 'x', type: 'double' },
    { name: 'x', type: 'double' },
  ])
  await writer.write(
    [
      [1, 2],
      [3, 4],
    ],
    2,
  )
  await writer.finish()
  await file.close()
  await refused(place, 'key create twice.parquet --unsealed --out no.key', 2, [
    /columns 1 and 2 are both named x/,
  ])
})

test('in Parquet an empty text and NA are texts, and NULL is missing', async () => {
  await sql(
    `COPY (SELECT i AS x, ['', 'NA', ' a', '?'][1 + i % 4] AS t FROM range(40) q(i)) TO '@na.parquet'`,
  )
  await key('na.parquet')
  await back('na.parquet', 'parquet')
  expect(await sql(`SELECT count(*) FROM (FROM '@na.parquet' EXCEPT ALL FROM '@back.parquet')`)).toEqual([
    ['0'],
  ])
  await sql(`COPY (SELECT i AS x, CASE WHEN i <> 3 THEN 'a' END AS t FROM range(40) q(i)) TO '@null.parquet'`)
  await refused(place, 'key create null.parquet --unsealed --out no.key', 2, [
    /row 4, column t: the value is missing/,
  ])
})

test('types of Parquet come back', async () => {
  await sql(
    `COPY (SELECT (i % 2 = 0) AS truth, DATE '2024-01-01' + i::INTEGER AS day, TIMESTAMP '2024-01-01 10:00:00.25' + to_minutes(i) AS moment,
     ('2024-01-01 10:00:00+00'::TIMESTAMPTZ) + to_hours(i) AS zoned, TIME '10:00:00' AS t, (i * 0.5)::FLOAT AS f, i::UTINYINT AS u,
     (i * 1.25)::DECIMAL(9,2) AS d, i::SMALLINT AS s, 'x' AS v, (i / 7)::DOUBLE AS w FROM range(40) q(i)) TO '@types.parquet'`,
  )
  await key('types.parquet', '--label u')
  await back('types.parquet', 'parquet')
  const described = (name: string) => sql(`SELECT column_name, column_type FROM (DESCRIBE FROM '@${name}')`)
  expect(await described('back.parquet')).toEqual(await described('types.parquet'))
  const exact = 'truth, day, moment, zoned, t, f, u, d, s, v'
  expect(
    await sql(
      `SELECT count(*) FROM (SELECT ${exact} FROM '@types.parquet' EXCEPT ALL SELECT ${exact} FROM '@back.parquet')`,
    ),
  ).toEqual([['0']])
})

test('a row that the key could not bring back is refused before anything is written', async () => {
  put('near.csv', csv(['x,y,c', ...rows(40, (i) => `${i},${(i * 7) % 11},5`)]))
  await key('near.csv')
  put('far.csv', csv(['x,y,c', '1,2,5', '99999999,3,5']))
  await refused(place, 'protect far.csv --key k.key --out no.csv', 2, [
    /row 2/,
    /would come back as another value/,
  ])
  put('other.csv', csv(['x,y,c', '1,2,6']))
  await refused(place, 'protect other.csv --key k.key --out no.csv', 2, [
    /row 1, column 'c': the key knows one value/,
  ])
})
