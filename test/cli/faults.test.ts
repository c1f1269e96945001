import { beforeAll, describe, expect, it } from 'vitest'
import { csv, wheat, workplace, works } from './harness.ts'
import { changesOf, prepared, survives, type Writer } from './writers.ts'
import { writeFileSync } from 'node:fs'

const place = workplace()
const key = 'key create wheat.csv --label variety --unsealed --audit off --out k.key'
const other = 'key create wheat.csv --label variety --unsealed --audit off --force --out k.key'

beforeAll(() => {
  const few = wheat.slice(1).filter((_, i) => i % 7 === 0)
  writeFileSync(place.at('wheat.csv'), csv([wheat[0]!, ...few]))
})

const writers: readonly Writer[] = [
  {
    name: 'protect over a table with its manifest',
    before: [key, 'protect wheat.csv --key k.key --out p.csv'],
    command: 'protect few.csv --key k.key --force --out p.csv',
    outputs: ['p.csv', 'p.csv.manifest.json'],
    reader: 'restore p.csv --key k.key --out back.csv',
  },
  {
    name: 'encode to a new name',
    before: [key],
    command: 'encode wheat.csv --key k.key --out e.parquet',
    outputs: ['e.parquet', 'e.parquet.manifest.json'],
    reader: 'restore e.parquet --key k.key --out back.csv',
  },
]

describe.each(writers)('$name', (writer) => {
  it('leaves the old or the new, wherever it fails or is stopped', async () => {
    const few = csv(wheat.filter((_, i) => i % 11 === 0))
    writeFileSync(place.at('few.csv'), few)
    const template = await prepared(place, writer, {
      'wheat.csv': place.at('wheat.csv'),
      'few.csv': place.at('few.csv'),
    })
    const changes = await changesOf(template, writer)
    expect(changes.length).toBeGreaterThan(10)
    for (const [i, change] of changes.entries())
      for (const fault of ['fail', 'stop'] as const) await survives(place, template, writer, fault, i + 1, change)
  })
})
void works
void other
