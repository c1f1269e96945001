import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { commentFilter, type Place } from './comments.ts'
import type { TextOptions } from './csvOptions.ts'
import { copyText } from './textCopy.ts'
import { decoded, decoderOf } from './textEncoding.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-text-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Cut at places drawn from 0 … 1. */
async function* cut<T extends { slice(from: number, to: number): T; readonly length: number }>(
  whole: T,
  places: readonly number[],
): AsyncGenerator<T> {
  const at = [0, ...places.map((p) => Math.floor(p * whole.length)).sort((a, b) => a - b), whole.length]
  for (let i = 1; i < at.length; i++) yield whole.slice(at[i - 1]!, at[i]!)
}

const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 })

async function joined(parts: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const part of parts) text += part
  return text
}

/** Bytes of a character in an encoding of one or two bytes each, by trying all. */
function encoderOf(encoding: string): (text: string) => Uint8Array {
  const table = new Map<string, Uint8Array>()
  const learn = (bytes: Uint8Array) => {
    try {
      const text = decoderOf(encoding).decode(bytes)
      if ([...text].length === 1 && !table.has(text)) table.set(text, bytes)
    } catch {
      // None of its characters.
    }
  }
  for (let a = 1; a < 256; a++) learn(Uint8Array.of(a))
  for (let a = 0x81; a < 0xff; a++) for (let b = 0x40; b < 0xff; b++) learn(Uint8Array.of(a, b))
  return (text) => Uint8Array.of(...[...text].flatMap((character) => [...table.get(character)!]))
}

describe('text in pieces', () => {
  const letters: Record<string, string> = {
    'windows-1252': 'ab,\n"äß€’',
    'windows-1251': 'ab,\nжЯё',
    'iso-8859-2': 'ab,\nłőž',
    shift_jis: 'ab,\n東京ｱソ',
    gbk: 'ab,\n北京镕',
    'euc-kr': 'ab,\n서울',
    big5: 'ab,\n臺北',
  }
  test.each(Object.keys(letters))('of %s is the same however it is cut', async (encoding) => {
    const encode = encoderOf(encoding)
    const texts = fc.string({ unit: fc.constantFrom(...letters[encoding]!), maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(texts, places, async (text, at) => {
        expect(await joined(decoded('t', cut(encode(text), at), encoding))).toBe(text)
      }),
    )
  })

  test.each(['utf-16', 'utf-16le', 'utf-16be', 'utf-8'])(
    'of %s, with its mark and without',
    async (encoding) => {
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.boolean(), places, async (drawn, mark, at) => {
          const text = drawn.replaceAll(/[\0\ufeff]/g, '')
          const marked = mark ? `\ufeff${text}` : text
          const bytes = Buffer.from(marked, encoding === 'utf-8' ? 'utf8' : 'utf16le')
          if (encoding === 'utf-16be') bytes.swap16()
          const parts = () => cut(Uint8Array.from(bytes), at)
          expect(await joined(decoded('t', parts(), encoding))).toBe(text)
          // By its mark, utf-16 is read in either order.
          if (encoding === 'utf-16be' && mark)
            expect(await joined(decoded('t', parts(), 'utf-16'))).toBe(text)
        }),
      )
    },
  )

  test('a line is named where a byte is none of its encoding', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 50 }),
        fc.integer({ min: 0, max: 50 }),
        async (before, after) => {
          const bytes = Buffer.concat([
            Buffer.from('12,ab\n'.repeat(before)),
            Buffer.from('long,\xf6\xff\n', 'latin1'),
            Buffer.from('1,2\n'.repeat(after)),
          ])
          await expect(joined(decoded('t.csv', cut(Uint8Array.from(bytes), []), 'utf-8'))).rejects.toThrow(
            `t.csv, line ${before + 1}: the bytes are no utf-8`,
          )
        },
      ),
    )
  })
})

describe('comments', () => {
  const cell = fc.constantFrom(
    'a',
    '#a',
    '"b"',
    '"c;#"',
    '"two\n# lines"',
    '"he said ""no\n#"""',
    '5" pipe',
    '',
  )
  const line = fc.oneof(
    fc.constantFrom('# c', '#', '#"', '#;"x'),
    fc.tuple(cell, cell).map(([a, b]) => `x${a.startsWith('"') ? '' : a};${b}`),
  )
  const ending = fc.constantFrom('\n', '\r\n')

  test('are left out wherever the text is cut, and never inside quotes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), ending, places, async (lines, end, at) => {
        const text = ['x;y', ...lines].map((one) => `${one}${end}`).join('')
        const wanted = ['x;y', ...lines.filter((one) => !one.startsWith('#'))]
          .map((one) => `${one}${end}`)
          .join('')
        const filter = commentFilter({ comment: '#' })
        expect(await joined(filter.pass('t', cut(text, at)))).toBe(wanted)
        expect(filter.dropped).toBe(lines.filter((one) => one.startsWith('#')).length)
      }),
    )
  })

  test('places in the copy are places in the file', async () => {
    const options: TextOptions = { comment: '#', skip: 1 }
    const text = '# skipped\n# c\nx;y\n1;"a\n# b"\n# d\n2;c\n#\n3;d\n'
    const lineOf = async (place: Place) => {
      const filter = commentFilter(options, place)
      await joined(filter.pass('t', cut(text, [0.3, 0.31, 0.7])))
      return filter.dropped + filter.kept
    }
    // Lines of the copy: header, 1, its second line, 2, 3.
    expect(await Promise.all([1, 2, 3, 4, 5].map((line) => lineOf({ line })))).toEqual([3, 4, 5, 7, 9])
    expect(await Promise.all([1, 2, 3, 4].map((record) => lineOf({ record })))).toEqual([3, 4, 7, 9])
  })

  test('a quote that is never closed keeps all, and a line that never ends is refused', async () => {
    const filter = commentFilter({ comment: '#' })
    expect(await joined(filter.pass('t', cut('x;y\n1;"a\n# b\n# c\n', [])))).toBe('x;y\n1;"a\n# b\n# c\n')
    const endless = commentFilter({ comment: '#' })
    await expect(joined(endless.pass('t', cut('x'.repeat(5e6), [0.5, 0.9])))).rejects.toThrow('does not end')
  })
})

test('a copy is private, and replaces nothing', async () => {
  const [from, to] = [join(folder, 'a.csv'), join(folder, 'b.csv')]
  writeFileSync(from, Buffer.from('x\nö\n', 'latin1'))
  await copyText('a.csv', from, to, { textEncoding: 'latin-1' })
  expect(readFileSync(to, 'utf8')).toBe('x\nö\n')
  expect(statSync(to).mode & 0o777).toBe(0o600)
  await expect(copyText('a.csv', from, to, { textEncoding: 'latin-1' })).rejects.toMatchObject({ code: 'io' })
})
