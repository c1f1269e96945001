// Why it is no encryption: whoever knows k + 1 of the rows reads one layer over k columns, all of it, by linear algebra.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKey, openTable, protectTable, rowsThatBreak } from 'frostglass'
import { tableEvidence } from 'frostglass/audit'
import { wheatPath } from 'frostglass/data'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-'))
process.once('exit', () => rmSync(folder, { recursive: true }))

for (const layers of [1, 3]) {
  const table = await openTable(wheatPath(), { label: 'variety' })
  const { key } = await createKey(table, { layers, activation: 'tanh' })
  table.close()
  const file = join(folder, `layers-${layers}.csv`)
  await protectTable(wheatPath(), key, file)
  const { evidence } = await tableEvidence(file, wheatPath(), key, { seed: 0 })
  const rows = rowsThatBreak(evidence, { most: 50, seed: 0 })
  const said =
    rows === undefined ? 'not by a line and 50 known rows: see the audit' : `exactly, by ${rows} known rows`
  console.log(`${layers} layer${layers > 1 ? 's' : ''} over 7 columns: every other cell recovered ${said}`)
}
