// What different commands and formats keep, together: ids beside codes and dates, rows left out of long files, a journal under an
// id, an audit of a key that knows how its table was written. From outside.

import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { reportSchema } from '../../src/audit/index.ts'
import { splitRecord } from '../../src/data/csvRecord.ts'
import { csv, refused, workplace, works } from './harness.ts'
import { prepared, survivesAll, type Writer } from './writers.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const records = (name: string): string[][] =>
  place
    .read(name)
    .trimEnd()
    .split('\n')
    .map((line) => splitRecord(line, ','))

const rows = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i))

/** A row of codes, dates, times, decimals, truth values and quoted texts. */
const cells = (i: number) =>
  [
    String(i % 7).padStart(5, '0'),
    `2024-02-${String((i % 28) + 1).padStart(2, '0')}`,
    `2024-02-01T12:${String(i % 60).padStart(2, '0')}:00.250Z`,
    (55.4 + ((i * 7) % 90) / 10).toFixed(2),
    i % 2 === 0 ? 'true' : 'false',
    ['"a, ""b"""', 'naïve', ' padded '][i % 3],
  ].join(',')
const names = 'code,day,moment,amount,truth,"text, quoted"'
const ids = ['00017', ' NA', '"a,b"', '1e5', '2024-02-30', '9007199254740993', '""', 'x']
const table = csv([
  `patient,${names},result`,
  ...rows(60, (i) => `${ids[i % 8]},${cells(i)},0${(i % 3) + 1}`),
])
const asked = csv([`patient,${names}`, ...rows(8, (i) => `${ids[i]},${cells(i + 3)}`)])

beforeAll(async () => {
  put('own.csv', table)
  put('asked.csv', asked)
  await works(
    place,
    'key create own.csv --label result --ignore patient --layers 2 --unsealed --audit off --out own.key',
  )
  await works(place, 'protect own.csv --key own.key --out own-p.csv')
  await works(place, 'train own-p.csv --label label --folds 0 --epochs 3 --out own.onnx')
})

describe('an id beside codes, dates and times', () => {
  it('goes there and back as it is, and all else comes back to the byte', async () => {
    await works(place, 'encode asked.csv --key own.key --id patient --out e.csv')
    await works(place, 'restore e.csv --key own.key --out back.csv')
    expect(place.read('back.csv').replaceAll('\n,', '\n"",')).toBe(asked)
    await works(place, 'encode asked.csv --key own.key --id patient --out e.parquet')
    await works(place, 'restore e.parquet --key own.key --out back.parquet')
    await works(place, 'restore e.parquet --key own.key --force --out back.csv')
    expect(place.read('back.csv').replaceAll('\n,', '\n"",')).toBe(asked)
  })

  it('stands beside labels that are codes, in answers that are held to their queries', async () => {
    await works(place, 'predict own.onnx e.csv --out a.csv')
    await works(place, 'decode a.csv --key own.key --queries e.csv --out labels.csv')
    const [head, ...answers] = records('labels.csv')
    expect(head!.slice(0, 2)).toEqual(['patient', 'result'])
    expect([...head!.slice(2)].sort()).toEqual(['01', '02', '03'])
    expect(answers.map(([id]) => id)).toEqual(ids.map((id) => splitRecord(id, ',')[0]))
    for (const [, label] of answers) expect(label).toMatch(/^0[123]$/)
  })

  it('is not written over without --force, nor is what says whose it is', async () => {
    const before = [place.read('a.csv'), place.read('a.csv.manifest.json')]
    for (const command of [
      'encode asked.csv --key own.key --id patient --out e.csv',
      'predict own.onnx e.csv --out a.csv',
      'decode a.csv --key own.key --queries e.csv --out labels.csv',
      'restore e.csv --key own.key --out back.csv',
    ])
      await refused(place, command, 2, [/exists already/, /--force/])
    expect([place.read('a.csv'), place.read('a.csv.manifest.json')]).toEqual(before)
    await refused(place, 'decode a.csv --key own.key --queries e.csv --force --out e.csv', 2, [/e\.csv/])
  })
})

it('queries with an id and their manifest are old or new, wherever the process is stopped', async () => {
  put('few.csv', asked.split('\n').slice(0, 5).join('\n'))
  const encode: Writer = {
    name: 'encode with an id over queries and their manifest',
    before: ['encode asked.csv --key own.key --id patient --out e.csv'],
    command: 'encode few.csv --key own.key --id patient --force --out e.csv',
    outputs: ['e.csv', 'e.csv.manifest.json'],
    reader: 'restore e.csv --key own.key --out back.csv',
  }
  const files = Object.fromEntries(['asked.csv', 'few.csv', 'own.key'].map((name) => [name, place.at(name)]))
  const template = await prepared(place, encode, files)
  await survivesAll(place, template, encode, ['stop'], 8)
})

describe('rows that are left out of a long file', () => {
  const empty = new Set([3, 16_000, 16_390, 32_770])
  const count = 33_000
  const long = csv(['x,z,y', ...rows(count, (i) => `${empty.has(i) ? '' : i % 500},${i % 7},${i % 2}`)])

  it('leave the numbers of the others as they are in the file, block by block', async () => {
    put('long.csv', long)
    await works(
      place,
      'key create long.csv --label y --missing drop --layers 1 --unsealed --audit off --out long.key',
    )
    await works(place, 'encode long.csv --key long.key --missing drop --out long-e.csv')
    const numbers = records('long-e.csv')
      .slice(1)
      .map(([row]) => Number(row))
    expect(numbers).toEqual(rows(count, (i) => i + 1).filter((number) => !empty.has(number - 1)))
  })

  it('do not shift the number of a row that would not come back', async () => {
    const lines = long.split('\n')
    lines[20_000] = '99999999999,1,0'
    put('far.csv', lines.join('\n'))
    await refused(place, 'protect far.csv --key long.key --missing drop --out no.csv', 2, [/row 20000,/])
  })
})

it('an audit reads a table of dates and codes by its key, and the table comes back to the byte after it', async () => {
  const { code, err } = await place.run(
    'audit own-p.csv --original own.csv --key own.key --known 20 --out report.html',
  )
  expect([0, 3], err).toContain(code)
  const report = reportSchema.parse(JSON.parse(place.read('report.json')))
  expect(report.audited).toMatchObject({ rows: 60, auditedRows: 60 })
  const attributes = report.findings.flatMap((finding) => finding.attributes?.map(({ name }) => name) ?? [])
  expect(new Set(attributes)).toEqual(new Set(['code', 'day', 'moment', 'amount', 'truth', 'text, quoted']))
  expect(JSON.parse(place.read('own-p.csv.manifest.json')).leakReport).toMatchObject({
    verdict: report.verdict.status,
  })
  await works(place, 'restore own-p.csv --key own.key --out own-b.csv')
  const kept = readFileSync(place.at('own.csv'), 'utf8')
    .split('\n')
    .map((line) => line.slice(line.startsWith('"a,b"') ? 6 : line.indexOf(',') + 1))
  expect(place.read('own-b.csv')).toBe(kept.join('\n'))
})

it('a wide table of codes, dates, decimals and whole numbers comes back to the byte', async () => {
  const width = 300
  const cell = (i: number, j: number) =>
    [
      () => String((i * 31 + j) % 97),
      () => (((i * 7 + j) % 400) / 8).toFixed(3),
      () => `2024-02-${String(((i + j) % 28) + 1).padStart(2, '0')}`,
      () => String((i + j) % 3).padStart(4, '0'),
      () => `${(i * 3 + j) % 50}.0`,
    ][j % 5]!()
  const head = rows(width, (j) => `x${j}`).join()
  const text = csv([
    `${head},y`,
    ...rows(40, (i) => `${rows(width, (j) => cell(i, j)).join()},${i % 2 ? 'a' : 'b'}`),
  ])
  put('wide.csv', text)
  await works(place, 'key create wide.csv --label y --layers 1 --unsealed --audit off --out wide.key')
  await works(place, 'protect wide.csv --key wide.key --out wide-p.csv')
  await works(place, 'restore wide-p.csv --key wide.key --out wide-b.csv')
  expect(place.read('wide-b.csv')).toBe(text)
})

it('a preview that is used as it is keeps codes of later tables from being taken for numbers', async () => {
  writeFileSync(
    place.at('plain.csv'),
    csv(['a,b', ...Array.from({ length: 12 }, (_, i) => `${i * 17},${i / 4}`)]),
  )
  await works(place, 'key preview plain.csv --out plain.json')
  await works(place, 'key create plain.csv --schema plain.json --unsealed --audit off --out plain.key')
  writeFileSync(place.at('codes.csv'), csv(['a,b', '00017,1', '34,2']))
  await refused(place, 'protect codes.csv --key plain.key --out codes-p.csv', 2, [/00017/])
  // Who says so himself has numbers.
  await works(place, 'key create codes.csv --numeric a --unsealed --audit off --out numbers.key')
})
