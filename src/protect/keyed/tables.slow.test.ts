import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OpenOptions, openTable } from '../../data/index.ts'
import { keyActivationNames } from './activationNames.ts'
import { createKey } from './create.ts'
import { protectTable } from './protectTable.ts'
import { restoreTable } from './restoreTable.ts'
import { contents, keyOf } from './testing.ts'

const secret = Uint8Array.from({ length: 32 }, (_, i) => 3 * i + 1)
let folder: string
const at = (name: string) => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frostglass-tables-'))
})
afterAll(() => rm(folder, { recursive: true }))

const data = new URL('../../../../shared/data/', import.meta.url).pathname
describe.skipIf(!existsSync(data))('real tables (skipped without ../shared/data)', () => {
  const sets: [string, string, OpenOptions][] = [
    ['heart disease', 'heart-disease/processed.cleveland.data', { label: 'column14', missing: 'median' }],
    ['Adult', 'adult/adult.data', { label: 'column15' }],
  ]

  it.each(sets)(
    '%s: every activation through 5 layers restores within 1e-9 of each column’s range',
    async (_, path, open) => {
      const source = await openTable(join(data, path), { missing: 'mean', ...open })
      const names = source.rows! < 1000 ? keyActivationNames : (['tanh'] as const)
      for (const activation of names) {
        const { roundTrip } = await createKey(source, { layers: 5, activation, secret })
        expect(Math.max(...roundTrip)).toBeLessThan(1e-9)
      }
      source.close()
    },
  )

  it.each(sets)('%s: from file to file and back', async (_, path, open) => {
    const before = { missing: 'mean' as const, ...open }
    const { missing } = before
    const key = await keyOf(join(data, path), before, { secret, layers: 3 })
    await protectTable(join(data, path), key, at('real.parquet'), { missing })
    await restoreTable(at('real.parquet'), key, at('real-back.csv'))
    const original = await contents(join(data, path), before)
    const back = await contents(at('real-back.csv'), { label: before.label! })
    expect(back.labels).toEqual(original.labels)
    original.columns.forEach((column, j) => {
      if (typeof column[0] === 'string') {
        expect(back.columns[j]).toEqual(column)
        return
      }
      const numbers = column as number[]
      const range = numbers.reduce((a, b) => Math.max(a, b)) - numbers.reduce((a, b) => Math.min(a, b))
      const error = numbers.reduce(
        (worst, x, r) => Math.max(worst, Math.abs(x - (back.columns[j]![r] as number))),
        0,
      )
      expect(error / range).toBeLessThan(1e-9)
    })
  })
})
