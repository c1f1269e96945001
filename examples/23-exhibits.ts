// Attacks that once broke a claim of this program, on the form that they broke and on today's. By the command line.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const frostglass = fileURLToPath(new URL('../bin/frostglass.js', import.meta.url))
const command = ['audit', 'exhibits', 'mixed-units', '--quick', '--json']
const { exhibits, verdict } = JSON.parse(
  execFileSync(process.execPath, [frostglass, ...command], { encoding: 'utf8' }),
)

for (const { claim, unit, before, today } of exhibits) {
  console.log(`claimed: ${claim}\nmeasured in ${unit}`)
  console.log(
    `before: ${before.measured.toFixed(2)} where ${before.allowed} is allowed; today: ${today.measured.toFixed(2)}`,
  )
}
console.log(verdict.sentence)
