// Tables that are not what their names say, or not text as it should be: refused, with what is wrong and where.

import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { json, refused, workplace } from './harness.ts'

const place = workplace()
const put = (name: string, bytes: string | Uint8Array) => writeFileSync(place.at(name), bytes)
const row = (i: number) => `${i},${((i * 1.37) % 97).toFixed(2)},${i % 3 ? 'Münster' : 'Köln'}`
const rows = Array.from({ length: 3000 }, (_, i) => row(i))
const header = 'id,x,town'
const text = `${[header, ...rows].join('\n')}\n`
const lines = rows.map((_, i) => `{"id":${i},"x":${(i * 1.37) % 97},"town":"Köln"}\n`).join('')
const create = (name: string) =>
  `key create ${name} --unsealed --audit off --out ${name.replace(/\W/g, '-')}.key`
const packed = gzipSync(text)

const flipped = (place: number) => {
  const bytes = Buffer.from(packed)
  bytes[bytes.length + place]! ^= 1
  return bytes
}

describe('a gzip that is not whole', () => {
  const cuts = Array.from({ length: 12 }, (_, i) => Math.round(((i + 1) * packed.length) / 13))
  const half = text.indexOf('\n', text.length / 2) + 1
  const twice = Buffer.concat([gzipSync(text.slice(0, half)), gzipSync(text.slice(half))])

  it.each<[string, Uint8Array, RegExp]>([
    ...cuts.map((end): [string, Uint8Array, RegExp] => [
      `cut at ${end}`,
      packed.subarray(0, end),
      /cut short/,
    ]),
    ['without its trailer', packed.subarray(0, -8), /cut short/],
    ['with half of its trailer', packed.subarray(0, -4), /cut short/],
    ['with another checksum', flipped(-6), /not those that were packed \(incorrect data check\)/],
    ['with another length', flipped(-2), /not those that were packed \(incorrect length check\)/],
    ['with a second member that is cut', twice.subarray(0, -20), /cut short/],
    [
      'with something behind its end',
      Buffer.concat([packed, Buffer.from('and so on, and on')]),
      /damaged gzip/,
    ],
    ['with zeros behind its end', Buffer.concat([packed, Buffer.alloc(512)]), /damaged gzip/],
    ['that is text', Buffer.from(text), /it is no gzip/],
  ])('is refused: one %s', async (_, bytes, words) => {
    put('t.csv.gz', bytes)
    await refused(place, create('t.csv.gz'), 2, [/t\.csv\.gz: damaged gzip file: /, words])
  })

  it('is refused of JSON lines, too', async () => {
    const bytes = gzipSync(lines)
    for (const [i, end] of [bytes.length >> 1, bytes.length - 8].entries()) {
      put(`t${i}.jsonl.gz`, bytes.subarray(0, end))
      await refused(place, create(`t${i}.jsonl.gz`), 2, [/damaged gzip file: it is cut short/])
    }
  })

  it('is refused where a private query would read it', async () => {
    put('q.csv.gz', packed.subarray(0, -8))
    await refused(place, ['query', 'q.csv.gz', 'SELECT COUNT(*) FROM data', '--epsilon', '1'], 2, [
      /cannot be opened; why is withheld/,
    ])
  })

  it('is none where members stand one behind the other', async () => {
    for (const bytes of [packed, twice, Buffer.concat([gzipSync(''), packed])]) {
      put('whole.csv.gz', bytes)
      await json(place, `${create('whole.csv.gz')} --force`)
      const encode = 'encode whole.csv.gz --key whole-csv-gz.key --force --out e.csv'
      expect(await json(place, encode)).toMatchObject({ rows: 3000 })
    }
  })
})

describe('a file of another kind', () => {
  it.each<[string, string, Uint8Array, RegExp]>([
    ['a gzip', 'a.csv', packed, /a gzip file by its first bytes.*\n {2}Name it \.gz at the end/],
    ['an Excel workbook', 'b.csv', Buffer.from('PK\u0003\u0004 and so on'), /an Excel workbook/],
    ['a Parquet file', 'c.tsv', Buffer.from('PAR1 and so on'), /a Parquet file/],
    ['Zstandard', 'd.jsonl', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0), /Zstandard/],
  ])('is told by its first bytes: %s', async (_, name, bytes, words) => {
    put(name, bytes)
    await refused(place, create(name), 2, [words])
  })

  it('is no file at all', async () => {
    await refused(place, create('fifo.csv'), 2, [/no such file/])
    const { code } = await place.run('x', { shell: 'mkfifo fifo.csv' })
    expect(code).toBe(0)
    await refused(place, create('fifo.csv'), 2, [/fifo\.csv is a FIFO, expected a file/])
  })
})

describe('a text that is not as it should be', () => {
  const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le')
  it.each<[string, string | Uint8Array, RegExp]>([
    [
      'Latin-1',
      Buffer.from(text, 'latin1'),
      /t\.csv, line 2: byte 9 of the line is no UTF-8 \(0xf6, in Latin-1 “ö”\)\n {2}Say .*--text-encoding windows-1252/,
    ],
    [
      'one line of Latin-1',
      Buffer.concat([Buffer.from(text), Buffer.from('3000,1,Zürich\n', 'latin1')]),
      /line 3002: byte 9 .* “ü”/,
    ],
    ['UTF-16', utf16, /line 1: the file is UTF-16, expected UTF-8\n {2}Say --text-encoding utf-16/],
    ['UTF-16, big end first', Buffer.from(utf16).swap16(), /line 1: the file is UTF-16/],
    ['UTF-16 without its mark', utf16.subarray(2), /line 1: the file is UTF-16/],
    [
      'NUL in a text',
      text.replace('Köln', 'K\0ln'),
      /column town: the text "K\\u0000ln" holds a NUL character/,
    ],
    [
      'line ends that change',
      text.replace(`${row(41)}\n`, `${row(41)}\r\n`),
      /line 43: the line ends in CR LF, and those before it in LF/,
    ],
    [
      'line ends that change every line',
      text.replace(/\n(.*)\n/g, '\r\n$1\n'),
      /line 2: the line ends in LF/,
    ],
    ['a lone CR', text.replace(`${row(41)}\n`, `${row(41)}\r`), /line 43: byte \d+ of the line is CR/],
    [
      'a cell of 3 MB',
      text.replace('Köln', 'K'.repeat(3e6)),
      /line 2: the line is longer than 2,000,000 bytes/,
    ],
    [
      'a quote of 3 MB',
      text.replace('Köln', `"${'K\n'.repeat(1.5e6)}"`),
      /line 2: a record is longer than 2 MB/,
    ],
  ])('is refused with what and where: %s', async (_, bytes, words) => {
    put('t.csv', bytes)
    await refused(place, create('t.csv'), 2, [words])
  })

  it('is refused when packed, too, and of a table that a key is there for', async () => {
    put('good.csv', text)
    await json(place, create('good.csv'))
    put('late.csv.gz', gzipSync(Buffer.concat([Buffer.from(text), Buffer.from('3000,1,Zürich\n', 'latin1')])))
    await refused(place, 'encode late.csv.gz --key good-csv.key --out late.csv', 2, [
      /late\.csv\.gz, line 3002: byte 9/,
    ])
  })

  it('shows control characters of a cell, and lets them do nothing', async () => {
    put('t.csv', text.replace(/^22,.*$/m, '22,\u001b[2J,Köln'))
    const err = await refused(place, create('t.csv'), 2, [/found "\\u001b\[2J"/])
    expect(err).not.toContain('\u001b')
  })
})

it('a file of C4.5 may begin with a remark, as adult.test does', async () => {
  const records = rows.slice(0, 50).join('\n')
  put('plain.data', `${records}\n`)
  await json(place, create('plain.data'))
  put('remarked.test', `|1x3 Cross validator\n${records}\n`)
  const encode = 'encode remarked.test --key plain-data.key --out remarked.csv'
  expect(await json(place, encode)).toMatchObject({ rows: 50 })
  // The first cell is empty, and the separator is the bar.
  put('bars.data', `|1|x\n${'2|2|y\n'.repeat(9)}`)
  await refused(place, create('bars.data'), 2, [/row 1, column column1: the value is missing/])
})
