// One command, from the point where its files are about to take their names; all of it, and all others, are in faults.long.test.ts.

import { writeFileSync } from 'node:fs'
import { it } from 'vitest'
import { csv, wheat, workplace } from './harness.ts'
import { prepared, survivesAll, type Writer } from './writers.ts'

const place = workplace()
const files = { 'wheat.csv': place.at('wheat.csv'), 'few.csv': place.at('few.csv') }
writeFileSync(files['wheat.csv'], csv(wheat.filter((_, i) => i % 7 === 0)))
writeFileSync(files['few.csv'], csv(wheat.filter((_, i) => i % 14 === 0)))

const protect: Writer = {
  name: 'protect over a table and its manifest',
  before: [
    'key create wheat.csv --label variety --unsealed --audit off --out k.key',
    'protect wheat.csv --key k.key --out p.csv',
  ],
  command: 'protect few.csv --key k.key --force --out p.csv',
  outputs: ['p.csv', 'p.csv.manifest.json'],
  reader: 'restore p.csv --key k.key --out back.csv',
}

it('a table and its manifest are the old ones or the new ones, wherever the process is stopped', async () => {
  const template = await prepared(place, protect, files)
  await survivesAll(place, template, protect, ['stop'], 14)
})
