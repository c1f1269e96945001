// From outside: tables as stewards have them, with semicolons, decimal commas, other encodings, comments and preambles.

import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { csv, json, refused, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string | Uint8Array) => writeFileSync(place.at(name), text)
const rows = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i))

/** Makes a key. */
const key = (table: string, options = '') =>
  json(
    place,
    `key create ${table} --layers 2 --audit off --unsealed --force --out k.key${options === '' ? '' : ` ${options}`}`,
  )

/** What comes back of a table that is read with these options. */
async function back(table: string, options = '', out = 'back.csv'): Promise<string> {
  await works(place, `protect ${table} --key k.key --force --out p.csv${options === '' ? '' : ` ${options}`}`)
  await works(place, `restore p.csv --key k.key --force --out ${out}`)
  return place.read(out)
}

const german = csv([
  'Alter;Gewicht;Größe;Ort;Tag;klein',
  ...rows(
    40,
    (i) =>
      `${20 + i};${(60 + i / 4).toFixed(2).replace('.', ',')};${String(1.5 + i / 8).replace('.', ',')};${['Köln', '"a;b"', '"sagt ""ja"""', '1,5 km'][i % 4]};2024-02-${String((i % 28) + 1).padStart(2, '0')};${i % 9 === 0 ? '0,0' : '1e-05'}`,
  ),
])

describe('semicolons and decimal commas', () => {
  it('come back to the byte', async () => {
    put('german.csv', german)
    const made = await key('german.csv', '--decimal-comma')
    expect(made).toMatchObject({ numericColumns: 5, categoricalColumns: 1 })
    expect(await back('german.csv', '--decimal-comma')).toBe(german)
  })

  it('come back so from a key of theirs, however a later table was written', async () => {
    put('german.csv', german)
    await key('german.csv', '--decimal-comma')
    const plain = csv(['x,w', ...rows(30, (i) => `${i},${i / 4}`)])
    put('comma.csv', csv(['x;w', ...rows(30, (i) => `${i};${String(i / 4).replace('.', ',')}`)]))
    put('point.csv', plain)
    await key('comma.csv', '--decimal-comma')
    expect(await back('point.csv')).toBe(place.read('comma.csv'))
    await key('point.csv')
    expect(await back('comma.csv', '--decimal-comma')).toBe(plain)
    // In a .tsv there are tabs, and the commas stay.
    await key('comma.csv', '--decimal-comma')
    expect(await back('comma.csv', '--decimal-comma', 'back.tsv')).toBe(
      place.read('comma.csv').replaceAll(';', '\t'),
    )
    // What is a .tsv by its name, or is said to be one, comes back to .csv with commas.
    for (const [name, options] of [
      ['point.tsv', ''],
      ['point.txt', '--format tsv'],
    ] as const) {
      put(name, plain.replaceAll(',', '\t'))
      await key(name, options)
      expect(await back(name, options)).toBe(plain)
    }
  })

  it('of numbers as labels, and of classes that are numbers', async () => {
    for (const task of ['number', 'class']) {
      const text = csv([
        'x;y',
        ...rows(
          40,
          (i) => `${i};${task === 'class' ? `${(i % 3) + 1},0` : `${i / 2 + 0.25}`.replace('.', ',')}`,
        ),
      ])
      put('label.csv', text)
      await key('label.csv', `--decimal-comma --label y --task ${task}`)
      expect(await back('label.csv', '--decimal-comma')).toBe(text)
    }
  })

  it('are quoted among commas', async () => {
    const text = csv(['x,y', ...rows(30, (i) => `"${i},5",${i}`)])
    put('quoted.csv', text)
    await key('quoted.csv', '--decimal-comma')
    expect(await back('quoted.csv', '--decimal-comma')).toBe(text)
  })

  it('of one column alone', async () => {
    const text = csv(['x', ...rows(30, (i) => `${i},5`)])
    put('one.csv', text)
    expect(await key('one.csv', '--decimal-comma')).toMatchObject({ numericColumns: 1 })
    expect(await back('one.csv', '--decimal-comma')).toBe(text)
  })

  it('leave no points to guess at', async () => {
    const create = (cell: string) => {
      put('points.csv', csv(['x;y', ...rows(30, (i) => `${i === 4 ? cell : `${i},5`};${i}`)]))
      return 'key create points.csv --decimal-comma --unsealed --out no.key'
    }
    await refused(place, create('1.234,5'), 2, [
      /points\.csv, row 5, column x: "1\.234,5" has points between thousands/,
      /1234,5/,
    ])
    await refused(place, create('1.5'), 2, [
      /row 5, column x: expected a number as in most rows, found "1\.5"/,
    ])
    put('all.csv', csv(['x;y', ...rows(30, (i) => `${i + 1}.234,5;${i}`)]))
    await refused(place, 'key create all.csv --decimal-comma --unsealed --out no.key', 2, [
      /between thousands/,
    ])
    put('comma.csv', csv(['x;y', ...rows(30, (i) => `${i},5;${i}`)]))
    await key('comma.csv', '--decimal-comma')
    for (const cell of ['1.234,5', '1.5', '1.234']) {
      put('points.csv', `x;y\n2,5;1\n${cell};2\n`)
      await refused(place, 'protect points.csv --key k.key --decimal-comma --out no.csv', 2, [
        /row 2, column x: expected a number with a decimal comma and no points, found "1\.\d+/,
      ])
    }
  })

  it('are proposed where they are seen', async () => {
    put('comma.csv', csv(['x;y', ...rows(30, (i) => `${i},5;${i}`)]))
    const { warnings } = await key('comma.csv')
    expect(warnings).toContainEqual(expect.stringMatching(/column x: .*--decimal-comma/))
    await key('comma.csv', '--decimal-comma')
    await refused(place, 'protect comma.csv --key k.key --out no.csv', 2, [
      /row 1, column x: expected a number, found "0,5".*\n {2}Say --decimal-comma/,
    ])
  })
})

describe('a separator', () => {
  it.each([
    ['--delimiter |', '|'],
    ['--delimiter tab', '\t'],
    ['--delimiter :', ':'],
    ['--delimiter ;', ';'],
  ])('is what the owner says: %s', async (options, separator) => {
    // The first line has more of another.
    const text = csv([`"a,b,c,d"${separator}y`, ...rows(20, (i) => `${i}${separator}${i % 5}`)])
    const unquoted = text.replaceAll('"', '')
    put('said.csv', unquoted)
    await key('said.csv', options)
    expect(await back('said.csv', options)).toBe(unquoted)
  })

  it.each([
    ['--delimiter ;;'],
    ['--delimiter a'],
    ['--delimiter "'],
    ['--comment '],
    ['--skip -1'],
    ['--skip 1.5'],
  ])('or the like is refused: %s', async (options) => {
    put('t.csv', 'a;b\n1;2\n2;3\n')
    await refused(place, `key create t.csv --unsealed --out no.key ${options}`.split(' '), 2, [
      /error \(usage\)/,
    ])
  })

  it('is none of Parquet or JSON', async () => {
    put('t.jsonl', '{"a":1}\n{"a":2}\n')
    for (const option of ['--delimiter ;', '--decimal-comma', '--comment #', '--skip 1'])
      await refused(place, `key create t.jsonl --unsealed --out no.key ${option}`, 2, [
        new RegExp(`${option.split(' ')[0]} is about CSV files`),
      ])
  })
})

describe('an encoding', () => {
  it.each<[string, string, Uint8Array]>([
    ['latin-1', 'Köln €', Buffer.from([0x4b, 0xf6, 0x6c, 0x6e, 0x20, 0x80])],
    ['windows-1250', 'Gdańsk', Buffer.from([0x47, 0x64, 0x61, 0xf1, 0x73, 0x6b])],
    ['shift_jis', '東京', Buffer.from([0x93, 0x8c, 0x8b, 0x9e])],
    ['utf-16', '😀', Buffer.from('😀', 'utf16le')],
  ])('%s is read, and UTF-8 comes back', async (encoding, text, bytes) => {
    const wide = (ascii: string) => Buffer.from(ascii, encoding === 'utf-16' ? 'utf16le' : 'latin1')
    put(
      'e.csv',
      Buffer.concat([
        ...(encoding === 'utf-16' ? [Buffer.of(0xff, 0xfe)] : []),
        wide('x,t\n'),
        ...rows(30, (i) => Buffer.concat([wide(`${i},`), i % 2 === 0 ? bytes : wide('other'), wide('\n')])),
      ]),
    )
    await key('e.csv', `--text-encoding ${encoding}`)
    expect(await back('e.csv', `--text-encoding ${encoding}`)).toBe(
      csv(['x,t', ...rows(30, (i) => `${i},${i % 2 === 0 ? text : 'other'}`)]),
    )
  })

  it.each([
    ['latin-2x', /no text encoding latin-2x/],
    ['windows-1253x', /Write windows-1253, if that is meant/],
    ['utf-32', /no text encoding utf-32/],
  ])('that is none is refused: %s', async (name, words) => {
    put('t.csv', 'a,b\n1,2\n')
    await refused(place, `key create t.csv --text-encoding ${name} --unsealed --out no.key`, 2, [words])
  })

  it('that is another is told by line, or by its mark', async () => {
    put('t.csv', Buffer.from(`a,b\n${'1,2\n'.repeat(70_000)}3,\xf6\n`, 'latin1'))
    const create = 'key create t.csv --unsealed --out no.key --text-encoding'
    await refused(place, `${create} utf-16`, 2, [/t\.csv/])
    await refused(place, `${create} shift_jis`, 2, [/t\.csv, line 70002: the bytes are no shift_jis/])
    put('t.csv', Buffer.from('\ufeffa,b\n1,2\n'))
    await refused(place, `${create} latin-1`, 2, [
      /begins with the mark of utf-8, and is said to be windows-1252/,
    ])
    put('t.csv', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'))
    await refused(place, `${create} windows-1252`, 2, [/mark of utf-16le/, /--text-encoding utf-16le/])
  })
})

describe('comments and lines to skip', () => {
  it('skips lines whatever they hold: quotes in them open no cell, and their ends are their own', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i},${i % 7}`)
    const table = `${['n,t', ...rows].join('\n')}\n`
    const before = {
      quotes: ['"Export of the clinic', 'made by ""X"" on', 'Monday"'].map((line) => `${line}\n`),
      odd: ['"\n', 'a,"b\n'],
      ends: ['Export\r\n', 'of Monday\r\n'],
      blank: ['"a title\n', 'of two lines"\n', '\n'],
    }
    for (const [name, lines] of Object.entries(before)) {
      put('t.csv', lines.join('') + table)
      const skip = `--skip ${lines.length}`
      await key('t.csv', skip)
      expect(await back('t.csv', skip), name).toBe(table)
    }
  })

  it('are left out, and rows and lines are those of the file', async () => {
    const text = 'Bericht "vom\nMontag\n# c\n#,,\nx;y\n# "\n1;"a\n# b"\n#\n2;c\n3;d\n#'
    put('t.csv', text)
    const options = '--skip 2 --comment #'
    const { warnings } = await key('t.csv', options)
    expect(warnings).toContainEqual('t.csv: 5 lines that begin with # left out')
    expect(await back('t.csv', options)).toBe('x;y\n1;"a\n# b"\n2;c\n3;d\n')
    put('t.csv', text.replace('3;d', '3;d;e'))
    await refused(place, `protect t.csv --key k.key --out no.csv ${options}`, 2, [
      /t\.csv, line 11: expected 2 cells as in the first line, found 3/,
    ])
    put('t.csv', text.replace('3;d', '3,5;d'))
    await refused(place, `protect t.csv --key k.key --out no.csv ${options}`, 2, [/t\.csv, row 3, column x/])
  })

  it('that are all there is', async () => {
    put('t.csv', '#a\n#b\n')
    await refused(place, 'key create t.csv --comment # --unsealed --out no.key', 2, [/t\.csv is empty/])
    await refused(place, 'key create t.csv --skip 7 --unsealed --out no.key', 2, [
      /t\.csv has no more than \d lines, and 7 are skipped/,
    ])
  })

  it('leave nothing behind', async () => {
    put('t.csv', 'x,y\n# c\n1,2\n2,3\n3,1\n')
    place.make('temporary')
    const env = { TMPDIR: place.at('temporary') }
    const create = 'key create t.csv --comment # --layers 2 --audit off --unsealed --force --out k.key'
    await works(place, create, { env })
    await refused(place, 'protect t.csv --comment / --key k.key --out no.csv', 2, [/t\.csv, line 2/], { env })
    put('t.csv', 'x,y\n# c\n1,2\na,3\n')
    await refused(place, 'protect t.csv --comment # --key k.key --out no.csv', 2, [/row 2, column x/], {
      env,
    })
    expect(place.listing().filter((name) => name.startsWith('temporary/'))).toEqual([])
  })
})
