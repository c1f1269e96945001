import { describe, expect, it } from 'vitest'
import { memoryTable } from '../../test/memoryTable.ts'
import { idLikeColumns } from './idLike.ts'

const rows = 40
const of = (value: (i: number) => number) => Array.from({ length: rows }, (_, i) => value(i))
const texts = (value: (i: number) => string) => Array.from({ length: rows }, (_, i) => value(i))

async function found(
  columns: Record<string, readonly number[] | readonly string[]>,
): Promise<readonly string[]> {
  const table = memoryTable(columns)
  const profile = await table.summary()
  // The mean is not among what a table in memory tells.
  const means = Object.values(columns).map((values) =>
    typeof values[0] === 'number' ? (values as number[]).reduce((a, b) => a + b) / values.length : 0,
  )
  const told = { ...profile, columns: profile.columns.map((c, j) => ({ ...c, mean: means[j]! })) }
  return idLikeColumns(told, table.schema.columns)
}

describe('columns that look like ids', () => {
  it('number the rows, are all different texts, or are called so', async () => {
    const columns = {
      row: of((i) => 100 + ((i * 7) % rows)),
      name: texts((i) => `P${i}`),
      patient_id: of((i) => 1000 * i + (i % 3)),
      customerId: texts((i) => `C${Math.max(i, 2)}`),
      PatNr: texts((i) => String(Math.max(i, 2)).padStart(5, '0')),
      patient_no: of((i) => 77 * i + (i % 5)),
      Fallnummer: of((i) => 9000 + 31 * i),
      ward_code: texts((i) => `W${i}`),
    }
    expect(await found(columns)).toEqual([
      ...['row', 'name', 'patient_id', 'customerId', 'PatNr', 'patient_no', 'Fallnummer', 'ward_code'],
    ])
  })

  it('are not measurements, categories, or a few rows', async () => {
    const columns = {
      age: of((i) => 20 + ((i * 37) % 60)),
      weight: of((i) => 50 + i / 3),
      town: texts((i) => ['Bath', 'Hull'][i % 2]!),
      identity: of((i) => i % 2),
      paid: of((i) => (i * i) % 50),
      grade_no: of((i) => i % 5),
      casino: of((i) => 100 * i + (i % 3)),
      zip_code: texts((i) => `0${1000 + (i % 30)}`),
      Zimmernummer: of((i) => 1 + (i % 12)),
    }
    expect(await found(columns)).toEqual([])
  })
})
