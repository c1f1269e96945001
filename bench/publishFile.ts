// Publishes a file with 200-anonymity and 5% suppression and prints, as JSON, the milliseconds and the process' peak in MiB.
// Source: publish.ts starts it: <table> <folder of hierarchies> <output>.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readTextColumns } from '../src/data/index.ts'
import { readHierarchy } from '../src/protect/tables/hierarchies/file.ts'
import { kAnonymity } from '../src/protect/tables/models/kAnonymity.ts'
import { publishTable, writePublication } from '../src/protect/tables/publishTable.ts'
import { loss } from '../src/protect/tables/quality/loss.ts'

const [input = '', folder = '', output = ''] = process.argv.slice(2)
const start = performance.now()
const table = await readTextColumns(input)
const quasi = table.columns.map(({ name }) => ({
  name,
  hierarchy: readHierarchy(readFileSync(join(folder, `adult_hierarchy_${name}.csv`), 'utf8'), name),
}))
const asked = { models: [kAnonymity({ k: 200 })], quality: loss(), suppression: 0.05 }
const publication = await publishTable(table, { quasi, sensitive: [] }, asked)
await writePublication(output, publication, { text: table.writing })
const ms = performance.now() - start
process.stdout.write(JSON.stringify({ ms, peak: process.resourceUsage().maxRSS / 1024 }))
