// From outside: any small table comes back to the byte, whatever its separator, decimal sign, encoding and comments.

import { writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { csv, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string | Uint8Array) => writeFileSync(place.at(name), text)

it('any such table comes back to the byte', async () => {
  const text = fc.constantFrom('a', 'ö', '1,5', 'x;y', 'he said "no"', '#', 'two\nlines', '€')
  const number = fc.integer({ min: -9999, max: 9999 })
  const quoted = (cell: string, separator: string) =>
    cell.includes(separator) || /["\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(number, number, text), { minLength: 3, maxLength: 12 }),
      fc.constantFrom(';', '|', '\t', ','),
      fc.boolean(),
      fc.constantFrom('utf-8', 'windows-1252', 'utf-16be'),
      fc.constantFrom('', '%', '//'),
      async (cells, separator, comma, encoding, comment) => {
        const mark = comma ? ',' : '.'
        const lines = cells.map(([a, b, c]) =>
          [String(a), (b / 100).toFixed(2).replace('.', mark), c]
            .map((cell) => quoted(cell, separator))
            .join(separator),
        )
        const table = csv([['n', 'f', 't'].join(separator), ...lines])
        const commented = comment === '' ? table : `${comment} "odd\n${table}${comment}${separator}1\n`
        put(
          'any.csv',
          encoding === 'utf-8'
            ? commented
            : encoding === 'utf-16be'
              ? Buffer.from(commented, 'utf16le').swap16()
              : Buffer.from(commented.replaceAll('€', '\x80'), 'latin1'),
        )
        const options = [
          '--text-encoding',
          encoding,
          '--delimiter',
          separator,
          ...(comma ? ['--decimal-comma'] : []),
          ...(comment === '' ? [] : ['--comment', comment]),
        ]
        const run = async (line: string) => {
          const { code, err } = await place.run([...line.split(' '), ...options])
          expect({ code, err }).toMatchObject({ code: 0 })
        }
        await run(
          'key create any.csv --categorical t --layers 2 --audit off --unsealed --force --out any.key',
        )
        await run('protect any.csv --key any.key --force --out any-p.csv')
        await works(place, 'restore any-p.csv --key any.key --force --out any-back.csv')
        expect(place.read('any-back.csv')).toBe(table)
      },
    ),
    { numRuns: 60 },
  )
})
