// Private SQL with a ledger: an answer with error bars, its price on the disk, and a refusal when the budget is spent.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embeddedPath } from 'frostglass/data'
import { createLedger, privateQuery } from 'frostglass/private'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
const budget = { dataset: 'people', epsilon: 1.5, delta: 1e-6 }
const ledger = await createLedger(join(folder, 'people.ledger'), budget)

const sql = 'SELECT income, COUNT(*), AVG(hours_per_week) FROM data GROUP BY income'
const stated = { keys: { income: ['<=50K', '>50K'] }, bounds: { hours_per_week: { lower: 0, upper: 100 } } }
const query = () => privateQuery(embeddedPath('adult-numeric'), sql, { epsilon: 1, ...stated, ledger })

for (const { keys, answers } of (await query()).groups) {
  const [count, hours] = answers.map(
    (a) => `${a.value?.toFixed(1)} (${a.low?.toFixed(1)} … ${a.high?.toFixed(1)})`,
  )
  console.log(`${keys[0]}: ${count} people, ${hours} hours a week`)
}
console.log(`left: ε = ${ledger.state().left.epsilon}`)
await query().catch((error) => console.log(`refused: ${error.message}`))
ledger.close()
