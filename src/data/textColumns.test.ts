import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readTextColumns } from './textColumns.ts'
import { createTableWriter } from './writer.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'frostglass-texts-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, text: string) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const texts = ({ values, codes }: { values: readonly string[]; codes: ArrayLike<number> }) =>
  Array.from(codes, (code) => values[code])

describe('columns of texts', () => {
  it('are the cells of a CSV as they lie, missing ones empty', async () => {
    const path = file('a.csv', 'age;name\n01;"a ""b"";c"\n1.0;\nNA;é\n1.0;"a ""b"";c"\n')
    const { rows, columns, writing } = await readTextColumns(path)
    expect(rows).toBe(4)
    expect(columns.map(({ name }) => name)).toEqual(['age', 'name'])
    expect(texts(columns[0]!)).toEqual(['01', '1.0', '', '1.0'])
    expect(texts(columns[1]!)).toEqual(['a "b";c', '', 'é', 'a "b";c'])
    expect(columns[1]!.values).toEqual(['', 'a "b";c', 'é'])
    expect(writing).toEqual({ delimiter: ';', decimalComma: undefined })
  })

  it('are missing by the texts that count as such, and have their numbers with points', async () => {
    const path = file('m.csv', 'age;w\n?;3,5\nk.A.;NA\nNA;-,\n; 10\n')
    const all = await readTextColumns(path, { nullText: ['k.A.', '?'], decimalComma: true })
    expect(all.columns.map(texts)).toEqual([
      ['', '', 'NA', ''],
      ['3.5', 'NA', '-,', ' 10'],
    ])
    expect(all.columns.map(({ decimalComma }) => decimalComma)).toEqual([undefined, true])
    const plain = await readTextColumns(path)
    expect(plain.columns.map(texts)).toEqual([
      ['', 'k.A.', '', ''],
      ['3,5', '', '-,', ' 10'],
    ])
  })

  it('keep what looks like a byte order mark in front of a cell', async () => {
    const path = file('mark.csv', 'n,t\n1,\ufeffb\n2,b\n3,\ufeffb\n4,\ufeff\n')
    const { columns } = await readTextColumns(path, { names: ['t'] })
    expect(texts(columns[0]!)).toEqual(['\ufeffb', 'b', '\ufeffb', '\ufeff'])
  })

  it('that are no UTF-8, or no text at all, are refused with the line and what to say', async () => {
    const path = join(folder, 'w.csv')
    writeFileSync(path, Buffer.from('age,name\n1,a\n2,M\xfcller\n', 'latin1'))
    await expect(readTextColumns(path)).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(/w\.csv, line 3: .*no UTF-8/),
      hint: expect.stringContaining('--text-encoding windows-1252'),
    })
    const junk = join(folder, 'junk.csv')
    writeFileSync(
      junk,
      Uint8Array.from({ length: 3000 }, (_, i) => 1 + ((i * 167 + (i >> 3)) % 255)),
    )
    await expect(readTextColumns(junk)).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('the file is no text'),
    })
  })

  it('take the fewest bytes, in the order asked for', async () => {
    const lines = Array.from({ length: 70_000 }, (_, i) => `${i % 200},${i % 300},${i}`)
    const path = file('b.csv', `x,y,z\n${lines.join('\n')}\n`)
    const { columns } = await readTextColumns(path, { names: ['z', 'x', 'y'] })
    expect(columns.map(({ codes }) => codes.BYTES_PER_ELEMENT)).toEqual([4, 1, 2])
    expect(texts(columns[0]!)).toEqual(lines.map((_, i) => `${i}`))
    expect(texts(columns[2]!)).toEqual(lines.map((_, i) => `${i % 300}`))
  })

  it('are texts of what Parquet holds', async () => {
    const path = join(folder, 'c.parquet')
    const writer = await createTableWriter(path, [
      { name: 'n', type: 'integer' },
      { name: 't', type: 'text', categories: ['x', 'y'] },
    ])
    await writer.write([
      [3, -4],
      [1, 0],
    ])
    await writer.finish()
    const { columns } = await readTextColumns(path)
    expect(columns.map(texts)).toEqual([
      ['3', '-4'],
      ['y', 'x'],
    ])
  })

  it('are refused by name', async () => {
    const path = file('d.csv', 'age,name\n1,a\n')
    await expect(readTextColumns(path, { names: ['agee'] })).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('age'),
    })
    await expect(readTextColumns(file('e.csv', 'age,name\n'))).rejects.toThrow('has no rows')
    await expect(readTextColumns(file('f.csv', 'age,name\n1,2,3\n'))).rejects.toMatchObject({ code: 'input' })
    await expect(readTextColumns(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    })
  })
})
