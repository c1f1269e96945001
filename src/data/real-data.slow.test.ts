import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { createTableWriter, openTable, readTable, type WriterColumn } from './index.ts'
import { orderOf } from './order.ts'

const shared = fileURLToPath(new URL('../../../shared/data/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'frostglass-real-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(!existsSync(shared))('shared data', () => {
  test('Adult: mixed columns, missing values', async () => {
    const path = join(shared, 'adult/adult.data')
    await expect(readTable(path, { label: 'column15' })).rejects.toThrow(
      'row 15, column column14: the value is missing (found "?")',
    )
    const dropped = await readTable(path, { label: 'column15', missing: 'drop' })
    expect(dropped.rows).toBe(30_162)
    const filled = await readTable(path, { label: 'column15', missing: 'mean' })
    expect(filled.rows).toBe(32_561)
    expect(filled.schema.columns.filter((column) => column.kind === 'categorical')).toHaveLength(8)
    expect(filled.schema.label).toMatchObject({ classes: ['<=50K', '>50K'] })
    expect(Array.from(filled.label!).filter((code) => code === 1).length).toBe(7841)
  })

  test('Adult, written by key and put back in order from the keys alone', async () => {
    const source = await openTable(join(shared, 'adult/adult.data'), { label: 'column15', missing: 'mean' })
    const { schema } = source
    const columns = schema.columns.map(
      (column): WriterColumn =>
        column.kind === 'numeric'
          ? { name: column.name, type: column.integer ? 'integer' : 'double' }
          : { name: column.name, type: 'text', categories: column.categories },
    )
    // Any fixed odd multiplier spreads 0, 1, 2, … over 64 bits and gives no two the same key.
    const keyOf = (i: number) => BigInt.asUintN(64, BigInt(i + 1) * 0x9e3779b97f4a7c15n)
    const shuffled = join(folder, 'shuffled.parquet')
    const writer = await createTableWriter(shuffled, columns, { order: 'by-key' })
    const all: BigUint64Array[] = []
    for await (const chunk of source.chunks({ size: 1000 })) {
      const keys = BigUint64Array.from({ length: chunk.rows }, (_, i) => keyOf(chunk.offset + i))
      all.push(keys)
      await writer.write(chunk.columns, keys)
    }
    await writer.finish()
    source.close()

    const back = join(folder, 'back.csv')
    const rows = 32_561
    const restorer = await createTableWriter(back, columns, { order: 'by-key', keyBits: 15 })
    const reopened = await openTable(shuffled, { schema: { columns: schema.columns } })
    expect(reopened.rows).toBe(rows)
    const places: number[] = []
    for await (const part of orderOf(all, { beside: back })) places.push(...part)
    expect(places.some((place, i) => place !== i)).toBe(true)
    for await (const chunk of reopened.chunks())
      await restorer.write(
        chunk.columns,
        BigUint64Array.from({ length: chunk.rows }, (_, i) => BigInt(places[chunk.offset + i]!)),
      )
    expect(await restorer.finish()).toBe(rows)
    reopened.close()
    const restored = await readTable(back, { schema: { columns: schema.columns } })
    const first = await readTable(join(shared, 'adult/adult.data'), { label: 'column15', missing: 'mean' })
    expect(restored.columns).toEqual(first.columns)
  })
})
