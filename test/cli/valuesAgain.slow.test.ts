// From outside: values that an attacker changed or lost without a word; each comes back now, or is refused before anything is written.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, test } from 'vitest'
import { csv, json, refused, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const rows = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i))
const key = (table: string, options = '') =>
  json(
    place,
    `key create ${table} --layers 2${options === '' ? '' : ` ${options}`} --audit off --unsealed --force --out k.key`,
  )

/** What comes back of a table, as a file of the given name. */
async function back(table: string, to = 'back.csv', by = 'p.csv'): Promise<string> {
  await works(place, `protect ${table} --key k.key --force --out ${by}`)
  await works(place, `restore ${by} --key k.key --force --out ${to}`)
  return to
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

describe('folders named x=y say nothing of the rows', () => {
  const text = csv(['a,b', ...rows(40, (i) => `${i},${(i * 7) % 11}`)])
  const folders = ['a=77', 'year=2024/c0=5']

  test.each(folders)('%s: CSV, on the way in and out', async (folder) => {
    mkdirSync(place.at(folder), { recursive: true })
    put(`${folder}/t.csv`, text)
    await key(`${folder}/t.csv`)
    await back(`${folder}/t.csv`, `${folder}/back.csv`, `${folder}/p.csv`)
    expect(place.read(`${folder}/back.csv`)).toBe(text)
  })

  test.each(folders)('%s: Parquet, one file and several', async (folder) => {
    mkdirSync(place.at(`${folder}/parts`), { recursive: true })
    await sql(`COPY (SELECT i AS a, (i * 7) % 11 AS b FROM range(40) q(i)) TO '@${folder}/parts/x.parquet'`)
    for (const table of [`${folder}/parts/x.parquet`, `${folder}/parts`]) {
      await key(table)
      await back(table, `${folder}/back.parquet`, `${folder}/p.parquet`)
      expect(
        await sql(
          `SELECT count(*), sum(a), sum(b) FROM read_parquet('@${folder}/back.parquet', hive_partitioning = false)`,
        ),
      ).toEqual([['40', '780', '202']])
    }
  })

  test.each(folders)('%s: JSON', async (folder) => {
    mkdirSync(place.at(folder), { recursive: true })
    put(`${folder}/t.jsonl`, rows(40, (i) => `{"a":${i},"b":${(i * 7) % 11}}\n`).join(''))
    await key(`${folder}/t.jsonl`)
    expect(place.read(await back(`${folder}/t.jsonl`))).toBe(text)
  })
})

describe('times are held to the way in which the key had them written', () => {
  const day = (i: number) => `2024-0${1 + (i % 9)}-1${i % 10}`
  const table = (of: (i: number) => string, count = 40) =>
    csv(['n,t', ...rows(count, (i) => `${i % 7},${of(i)}`)])
  const plain = (i: number) => `${day(i)} 12:00:00`

  test.each<readonly [what: string, first: (i: number) => string, later: (i: number) => string]>([
    ['finer decimals', plain, (i) => `${plain(i)}.123456`],
    ['one decimal more', (i) => `${plain(i)}.25`, (i) => `${plain(i)}.125`],
    ['finer decimals, T and Z', (i) => `${day(i)}T12:00:00Z`, (i) => `${day(i)}T12:00:00.5Z`],
  ])('a later table with %s comes back to the byte', async (_, first, later) => {
    put('first.csv', table(first))
    put('later.csv', table(later))
    // One layer: one key in a hundred of two is too coarse for a thousandth of a second, and says so.
    await key('first.csv', '--layers 1')
    expect(place.read(await back('later.csv'))).toBe(place.read('later.csv'))
  })

  test.each<readonly [what: string, first: (i: number) => string, cell: string]>([
    ['T and Z', plain, '2024-01-10T12:00:00Z'],
    ['T', plain, '2024-01-10T12:00:00'],
    ['Z', plain, '2024-01-10 12:00:00Z'],
    ['no Z', (i) => `${day(i)}T12:00:00Z`, '2024-01-10T12:00:00'],
    ['the hour 24', plain, '2024-01-10 24:00:00'],
    ['seven decimals', plain, '2024-01-10 12:00:00.1234567'],
    ['the year 0', day, '0000-01-01'],
    ['a time among dates', day, '2024-01-10 12:00:00'],
  ])('a cell with %s is refused, later and late in the file', async (_, first, cell) => {
    put('first.csv', table(first))
    await key('first.csv')
    const words = [/column t: expected a date or time as in the other rows/, /--categorical/]
    put('later.csv', csv(['n,t', `1,${first(1)}`, `2,${cell}`]))
    await refused(place, 'protect later.csv --key k.key --out no.csv', 2, [/row 2/, ...words])
    put('late.csv', `${table(first, 20_490)}1,${cell}\n`)
    await refused(place, 'key create late.csv --unsealed --out no.key', 2, [/row 20491/, ...words])
  })

  test('decimals that would be lost are refused', async () => {
    put(
      'first.csv',
      table((i) => `${String(100 + i * 240).padStart(4, '0')}-01-01 00:00:00`),
    )
    await key('first.csv')
    put('later.csv', csv(['n,t', '1,2024-01-10 12:00:00.123456']))
    await refused(place, 'protect later.csv --key k.key --out no.csv', 2, [
      /column 't': 2024-01-10 12:00:00.123 has more decimals than come back/,
    ])
  })

  test('columns of a wide table each in its own way', async () => {
    const names = rows(260, (j) => `x${j}`)
    const wide = (z: string) =>
      csv([
        ['t', 'z', ...names].join(),
        ...rows(12, (i) => [plain(i), `${day(i)}T12:00:00${z}`, ...names.map((_, j) => i * j)].join()),
      ])
    put('wide.csv', wide('Z'))
    await key('wide.csv')
    expect(place.read(await back('wide.csv'))).toBe(wide('Z'))
    put('later.csv', wide(''))
    await refused(place, 'protect later.csv --key k.key --out no.csv', 2, [/row 1, column z/])
  })

  test('a type with a zone is none without, and the other way about', async () => {
    const moments = `SELECT i AS n, TIMESTAMP '2024-01-01 10:00:00' + to_hours(i) AS t FROM range(40) q(i)`
    await sql(`COPY (${moments}) TO '@local.parquet'`)
    await sql(`COPY (SELECT n, t AT TIME ZONE 'UTC' AS t FROM (${moments})) TO '@zoned.parquet'`)
    put('local.csv', table(plain))
    put(
      'zoned.csv',
      table((i) => `${day(i)}T12:00:00Z`),
    )
    for (const [first, others] of [
      ['local.csv', 'zoned.parquet'],
      ['zoned.csv', 'local.parquet'],
      ['local.parquet', 'zoned.parquet'],
      ['zoned.parquet', 'local.parquet'],
    ] as const) {
      await key(first)
      await refused(place, `protect ${others} --key k.key --out no.csv`, 2, [
        /column t: expected times (with|without) a zone, found the type TIMESTAMP/,
      ])
    }
    await key('local.parquet')
    await refused(place, 'protect zoned.csv --key k.key --out no.csv', 2, [/row 1, column t/])
    await key('zoned.parquet')
    await refused(place, 'protect local.csv --key k.key --out no.csv', 2, [/row 1, column t/])
  })
})

describe('Parquet that cannot be read whole is refused', () => {
  /** A file of one column x and one n, some bytes of whose footer are others than DuckDB writes. */
  async function patched(
    name: string,
    x: string,
    from: readonly number[],
    to: readonly number[],
  ): Promise<void> {
    await sql(`COPY (SELECT ${x} AS x, i AS n FROM range(40) q(i)) TO '@${name}' (FORMAT parquet)`)
    const bytes = readFileSync(place.at(name))
    const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)
    const at = bytes.indexOf(Uint8Array.from(from), footer)
    expect(at).toBeGreaterThan(0)
    bytes.set(to, at)
    writeFileSync(place.at(name), bytes)
  }
  const moment = `TIMESTAMP_NS '2024-01-01 10:00:00.123456' + to_hours(i)`

  test.each<readonly [what: string, x: string, from: number[], to: number[], words: RegExp]>([
    // TIMESTAMP (8) of no zone (0x12) in nanoseconds (3), with a zone (0x11); the same as TIME (7).
    [
      'nanoseconds with a zone',
      `(${moment})::TIMESTAMP_NS`,
      [0x8c, 0x12, 0x1c, 0x3c],
      [0x8c, 0x11, 0x1c, 0x3c],
      /times in nanoseconds that are TIMESTAMP WITH TIME ZONE/,
    ],
    [
      'nanoseconds of the day',
      `(${moment})::TIMESTAMP_NS`,
      [0x8c, 0x12, 0x1c, 0x3c],
      [0x7c, 0x12, 0x1c, 0x3c],
      /times in nanoseconds that are TIME /,
    ],
    ['INT96', '(i / 7)::DOUBLE', [0x15, 0x0a, 0x25], [0x15, 0x06, 0x25], /times in 96 bits/],
    ['39 digits', '(i / 100)::DECIMAL(38, 2)', [0x15, 0x4c], [0x15, 0x4e], /decimals of 39 digits/],
  ])('%s', async (_, x, from, to, words) => {
    await patched('loss.parquet', x, from, to)
    for (const options of ['', ' --categorical x', ' --label x'])
      await refused(place, `key create loss.parquet${options} --unsealed --out no.key`, 2, [
        /column x/,
        words,
        /--ignore/,
      ])
    await works(place, 'key create loss.parquet --ignore x --audit off --unsealed --force --out k.key')
    await sql(`COPY (SELECT i::VARCHAR AS x, i AS n FROM range(40) q(i)) TO '@texts.parquet'`)
    await key('texts.parquet')
    await refused(place, 'protect loss.parquet --key k.key --out no.csv', 2, [/column x/, words])
    await key('texts.parquet', '--ignore x')
    await refused(place, 'encode loss.parquet --key k.key --id x --out no.csv', 2, [/column x/, words])
  })

  test('milliseconds come back as such', async () => {
    await sql(
      `COPY (SELECT (TIMESTAMP '2024-01-01 10:00:00.125' + to_hours(i))::TIMESTAMP_MS AS t, i % 7 AS n, (TIMESTAMP '2024-01-01 10:00:00.5' + to_hours(i % 2))::TIMESTAMP_MS AS l FROM range(40) q(i)) TO '@ms.parquet'`,
    )
    await key('ms.parquet', '--label l')
    await back('ms.parquet', 'back.parquet')
    const units = (name: string) =>
      sql(`SELECT name, logical_type FROM parquet_schema('@${name}') WHERE name IN ('t', 'l')`)
    expect(await units('back.parquet')).toEqual(await units('ms.parquet'))
    expect(await sql(`SELECT count(*) FROM (FROM '@ms.parquet' EXCEPT ALL FROM '@back.parquet')`)).toEqual([
      ['0'],
    ])
    await sql(
      `COPY (SELECT t::TIMESTAMP + to_microseconds(1) AS t, n, l FROM '@ms.parquet') TO '@finer.parquet'`,
    )
    await refused(place, 'protect finer.parquet --key k.key --out no.csv', 2, [
      /row 1, column 't': .* does not fit the type/,
    ])
  })
})

describe('spaces behind separators belong to them only where all have one', () => {
  const text = (header: string, cells: readonly string[]) =>
    csv([header, ...rows(30, (i) => `${i % 7},${cells[i % cells.length]}`)])

  test.each([
    ['a header with a space over cells with none or other ones', text('n, t', ['x', 'x ', ' x'])],
    ['names in quotes', text('" a"," b"', ['x', ' y'])],
    ['one cell without', text('n, t', [...rows(29, () => ' x'), 'x'])],
    ['a text in quotes that begins with one', text('n, t', [' x', ' " x"'])],
  ])('%s', async (_, table) => {
    put('spaces.csv', table)
    await key('spaces.csv')
    const cells = (name: string) =>
      sql(
        `SELECT n, t FROM read_csv('@${name}', auto_detect = false, header = true, delim = ',', quote = '"', columns = {n: 'VARCHAR', t: 'VARCHAR'})`,
      )
    const wanted = await cells('spaces.csv')
    expect(await cells(await back('spaces.csv'))).toEqual(wanted)
    expect(place.read('back.csv').split('\n')[0]).toBe(
      place.read('spaces.csv').split('\n')[0]!.replaceAll('"', ''),
    )
  })

  test('one space is taken off, and no more', async () => {
    put('padded.csv', csv(['n, t, m', ...rows(30, (i) => `${i % 7}, ${['x', ' x', 'x '][i % 3]}, ${i}`)]))
    await key('padded.csv')
    const wanted = csv(['n,t,m', ...rows(30, (i) => `${i % 7},${['x', ' x', 'x '][i % 3]},${i}`)])
    expect(place.read(await back('padded.csv'))).toBe(wanted)
  })
})

test('a column of one writing has it with missing cells, too', async () => {
  const cells = (missing: string) =>
    csv(['x,y,t', ...rows(40, (i) => `${i % 9 === 4 ? missing : `${i}.10`},${i}.0,2024-01-01 10:00:00.50`)])
  put('fixed.csv', cells(''))
  await key('fixed.csv', '--missing median')
  await works(place, 'protect fixed.csv --missing median --key k.key --force --out p.csv')
  await works(place, 'restore p.csv --key k.key --force --out back.csv')
  const lines = place.read('back.csv').trim().split('\n').slice(1)
  expect(lines.filter((line) => !/^\d+\.\d0,\d+\.0,2024-01-01 10:00:00\.50$/.test(line))).toEqual([])
})

describe('missing cells, however they are spaced', () => {
  test.each([
    [
      'NA in CSV',
      'na.csv',
      (x: string) => csv(['x,y', ...rows(30, (i) => `${i === 20 ? x : i},${i}`)]),
      '  NA  ',
      '',
    ],
    [
      '-999 in CSV',
      'na.csv',
      (x: string) => csv(['x,y', ...rows(30, (i) => `${i === 20 ? x : i},${i}`)]),
      '  -999',
      ' --null-text -999',
    ],
    [
      '- in JSON',
      'na.jsonl',
      (x: string) => rows(30, (i) => `{"x":${i === 20 ? `"${x}"` : i},"y":${i}}\n`).join(''),
      ' -',
      ' --null-text -',
    ],
  ])('%s', async (_, name, of, cell, options) => {
    put(name, of(cell))
    await refused(place, `key create ${name}${options} --unsealed --out no.key`, 2, [
      /row 21, column x: the value is missing/,
    ])
    await key(name, `--missing median${options}`)
    await works(place, `protect ${name} --missing median${options} --key k.key --force --out p.csv`)
    await works(place, 'restore p.csv --key k.key --force --out back.csv')
    expect(place.cells('back.csv')[21]).toEqual(['14', '20'])
  })

  test('a number of Parquet that is said to be none', async () => {
    await sql(
      `COPY (SELECT CASE WHEN i = 20 THEN -999 ELSE i END AS x, i AS y FROM range(30) q(i)) TO '@na.parquet'`,
    )
    await refused(place, 'key create na.parquet --null-text -999 --unsealed --out no.key', 2, [
      /row 21, column x/,
    ])
  })
})

test('names that hold a NUL are refused', async () => {
  put('nul.csv', csv(['a\0b,y', ...rows(10, (i) => `${i},${i}`)]))
  put('nul.jsonl', rows(10, (i) => `{"a\\u0000b":${i},"y":${i}}\n`).join(''))
  for (const name of ['nul.csv', 'nul.jsonl'])
    await refused(place, `key create ${name} --unsealed --out no.key`, 2, [/name of column 1.*NUL/])
})

test('an id that holds a NUL is refused', async () => {
  put('id.jsonl', rows(20, (i) => `{"who":"a${i === 7 ? '\\u0000' : ''}${i}","x":${i}}\n`).join(''))
  await key('id.jsonl', '--id who')
  await refused(place, 'encode id.jsonl --key k.key --out no.csv', 2, [/"a\\u00007".*NUL/, /--no-id/])
})

test('names that are numbers are names where that is said', async () => {
  const text = csv(['2019,2020,2021', ...rows(20, (i) => `${i},${i * 2},${i % 3}`)])
  put('years.csv', text)
  await refused(place, 'key create years.csv --unsealed --out no.key', 2, [/--no-header.*--header/])
  await key('years.csv', '--header')
  await works(place, 'protect years.csv --header --key k.key --force --out p.csv')
  await works(place, 'restore p.csv --key k.key --force --out back.csv')
  expect(place.read('back.csv')).toBe(text)
})

test('JSON fields of one name, or of none, are refused', async () => {
  for (const [line, words] of [
    ['{"a":1,"A":2}', /are both named a/],
    ['{"a":1,"":2}', /has no name/],
    ['{"a":1,"b":2,"a":3}', /two fields of one name/],
  ] as const) {
    put('names.jsonl', rows(10, () => `${line}\n`).join(''))
    await refused(place, 'key create names.jsonl --unsealed --out no.key', 2, [words])
  }
})

test('numbers among texts of numbers in JSON are told', async () => {
  put('mixed.jsonl', rows(20, (i) => `{"a":${i % 2 ? i : `"${i}"`},"b":${i}}\n`).join(''))
  expect((await key('mixed.jsonl')).warnings).toContainEqual(
    expect.stringMatching(/column a: numbers and texts of numbers are mixed/),
  )
})

test('blank lines between rows are told, and those in quotes and at the end are not', async () => {
  const body = rows(20, (i) => `${i},x${i % 3}`)
  put('blank.csv', `n,t\n${body.slice(0, 9).join('\n')}\n\n\n${body.slice(9).join('\n')}\n\n`)
  const told = /blank\.csv: 2 blank lines between rows \(the first is line 11\) are no row/
  expect((await key('blank.csv')).warnings).toContainEqual(expect.stringMatching(told))
  for (const command of ['protect', 'encode'])
    expect(
      (await json(place, `${command} blank.csv --key k.key --force --out p.csv`)).warnings,
    ).toContainEqual(expect.stringMatching(told))
  put('quoted.csv', `n,t\n${rows(20, (i) => `${i},"a\n\nb"`).join('\n')}\n\n`)
  const { warnings } = await key('quoted.csv')
  expect(warnings.filter((one: string) => one.includes('blank'))).toEqual([])
})

test('a first line that begins with # brings --comment to mind', async () => {
  put('remark.csv', csv(['# made by x, on Monday', 'a,y', ...rows(10, (i) => `${i},${i % 2}`)]))
  await refused(place, 'key create remark.csv --label y --unsealed --out no.key', 2, [
    /has no column y/,
    /--comment "#" if its first line, which begins with #/,
  ])
  put('remark.csv', csv(['# made by x', 'a,y', ...rows(10, (i) => `${i},${i % 2}`)]))
  await refused(place, 'key create remark.csv --unsealed --out no.key', 2, [
    /line 2: expected 1 cell as/,
    /--comment/,
  ])
})

test('a time with a zone as a category is the same on every machine', async () => {
  await sql(
    `COPY (SELECT i AS n, '2024-01-01 10:00:00+00'::TIMESTAMPTZ + to_hours(i % 5) AS t FROM range(40) q(i)) TO '@tz.parquet'`,
  )
  await key('tz.parquet', '--label t')
  const there = { apart: true, env: { TZ: 'Asia/Kolkata' } }
  for (const command of [
    'protect tz.parquet --key k.key --force --out p.csv',
    'restore p.csv --key k.key --force --out back.parquet',
  ])
    expect(await place.run(command, there)).toMatchObject({ code: 0 })
  expect(await sql(`SELECT count(*) FROM (FROM '@tz.parquet' EXCEPT ALL FROM '@back.parquet')`)).toEqual([
    ['0'],
  ])
})
