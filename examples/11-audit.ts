// The owner plays the adversary before anything leaves: attacks on exactly what would leave, a policy, a verdict.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attacks, auditTable, createKey, openTable, protectTable } from 'frostglass'
import { wheatPath } from 'frostglass/data'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
const file = join(folder, 'protected.csv')

const table = await openTable(wheatPath(), { label: 'variety' })
const { key } = await createKey(table, { layers: 3, activation: 'tanh' })
table.close()
await protectTable(wheatPath(), key, file)

// Three of them; `frostglass audit` runs all that are in the list. An attack of your own may stand in it.
const chosen = attacks.filter(({ name }) =>
  ['linear-inversion', 'alternating-linkage', 'class-naming'].includes(name),
)
const report = await auditTable(file, wheatPath(), key, {
  attacks: chosen,
  known: 20,
  effort: 'quick',
  seed: 0,
})
console.log(report.verdict.sentence)
console.log(`status: ${report.verdict.status}`)
