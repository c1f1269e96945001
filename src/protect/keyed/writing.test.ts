import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openTable, type TableReading } from '../../data/index.ts'
import { createKey } from './create.ts'
import { recordOf } from './key.ts'

const place = mkdtempSync(join(tmpdir(), 'frostglass-writing-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

async function writingOf(text: string, reading: TableReading = {}) {
  const file = join(place, 'table.csv')
  writeFileSync(file, text)
  const source = await openTable(file, reading)
  const { key } = await createKey(source, { layers: 1 })
  await source.close()
  return recordOf(key).writing
}

const rows = (join: string, point: string) =>
  ['a', 'b'].join(join) +
  '\n' +
  Array.from({ length: 9 }, (_, i) => `${i}${join}${i * i}${point}5\n`).join('')

// The fingerprint is of the record: what is said of a usual table would make it another key's.
it('a key says how its table was written where that is not the usual way, and nothing else', async () => {
  expect(await writingOf(rows(',', '.'))).toBeUndefined()
  expect(await writingOf(rows(';', '.'))).toEqual({ delimiter: ';' })
  expect(await writingOf(rows(';', ','), { decimalComma: true })).toEqual({
    delimiter: ';',
    decimalComma: true,
  })
  expect(JSON.stringify(await writingOf(rows(';', '.')))).toBe('{"delimiter":";"}')
})
