import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createTableWriter, openTable, readTable } from './index.ts'
import { manyColumns } from './wide.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-wide-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const width = manyColumns + 40
const rows = 700
/** Cell j of row i: every seventh column holds texts, every eleventh is empty now and then. */
const cell = (i: number, j: number): number | string =>
  j % 11 === 3 && i % 5 === 0 ? '' : j % 7 === 2 ? 'uvw'[(i + j) % 3]! : ((i * 31 + j * 17) % 1000) / 8
const names = Array.from({ length: width }, (_, j) => `x${j}`)
const lines = (some: number) =>
  Array.from({ length: some }, (_, i) => `${names.map((_, j) => cell(i, j)).join()},${i % 3 ? 'yes' : 'no'}`)
const path = join(folder, 'wide.csv')
writeFileSync(path, `${names.join()},y\n${lines(rows).join('\n')}\n`)

describe('a wide table', () => {
  it('is read as a narrow one is: kinds, facts, fills, labels and the order of rows', async () => {
    const { schema, columns, label } = await readTable(path, { label: 'y', missing: 'median' })
    expect(schema.label).toMatchObject({ task: 'class', classes: ['no', 'yes'] })
    schema.columns.forEach((column, j) => {
      const present = Array.from({ length: rows }, (_, i) => cell(i, j)).filter((value) => value !== '')
      if (column.kind === 'categorical') {
        expect(column.categories).toEqual([...new Set(present as string[])].sort())
      } else {
        const sorted = (present as number[]).toSorted((a, b) => a - b)
        const middle = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
        expect(column).toMatchObject({ integer: false, fill: middle })
      }
      const own = columns[j]!
      for (let i = 0; i < rows; i++) {
        const value = cell(i, j) === '' ? column.fill : cell(i, j)
        const read = column.kind === 'categorical' ? column.categories[own[i]!] : own[i]
        if (read !== value) expect.unreachable(`row ${i}, column ${j}: ${read} for ${value}`)
      }
    })
    expect(label!.every((code, i) => code === (i % 3 ? 1 : 0))).toBe(true)
  })

  it('is refused by the cell that is missing or no number, where it stands', async () => {
    await expect(readTable(path, { label: 'y' })).rejects.toThrow(
      'wide.csv, row 1, column x3: the value is missing (found nothing)',
    )
    const { schema } = await readTable(path, { label: 'y', missing: 'mean' })
    const other = join(folder, 'other.csv')
    const text = lines(20)
    text[7] = text[7]!.replace(/^[^,]*,/, 'wide,')
    writeFileSync(other, `${names.join()},y\n${text.join('\n')}\n`)
    await expect(readTable(other, { schema, missing: 'mean' })).rejects.toThrow(
      'other.csv, row 8, column x0: expected a number, found "wide"',
    )
  })

  it('comes in blocks of any size, from Parquet too', async () => {
    const file = join(folder, 'wide.parquet')
    const writer = await createTableWriter(
      file,
      names.map((name, j) => ({ name, type: j % 2 ? 'integer' : 'double' })),
    )
    await writer.write(names.map((_, j) => Float64Array.from({ length: 500 }, (_, i) => i * 1000 + j)))
    await writer.finish()
    const source = await openTable(file)
    try {
      for (const size of [1, 7, 499, 500, 501]) {
        let at = 0
        for await (const chunk of source.chunks({ size, reuse: true })) {
          expect(chunk.offset).toBe(at)
          for (let r = 0; r < chunk.rows; r++, at++)
            chunk.columns.forEach((column, j) => {
              if (column[r] !== at * 1000 + j) expect.unreachable(`row ${at}, column ${j}`)
            })
        }
        expect(at).toBe(500)
      }
    } finally {
      source.close()
    }
  })

  it('refuses a text with a NUL character, as a narrow one does', async () => {
    const row = (text: string) => [...names.map((_, j) => `${j}`), text].join(',')
    const file = join(folder, 'nul.csv')
    writeFileSync(file, `${[...names, 'town'].join(',')}\n${row('Ulm')}\n${row('K\0ln')}\n`)
    await expect(openTable(file)).rejects.toThrow('column town: the text "K\\u0000ln" holds a NUL character')
  })
})
