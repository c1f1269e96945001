// Protect a table, look at what leaves, restore it: the owner's file comes back to the byte.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKey, openTable, protectTable, restoreTable } from 'frostglass'
import { wheatPath } from 'frostglass/data'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
const [leaves, back] = ['protected.csv', 'back.csv'].map((name) => join(folder, name)) as [string, string]
const lines = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, 2).join('\n  ')

const table = await openTable(wheatPath(), { label: 'variety' })
const { key } = await createKey(table, { layers: 3, activation: 'tanh' })
table.close()
const { rows } = await protectTable(wheatPath(), key, leaves)
console.log(`the owner has\n  ${lines(wheatPath())}\nthe service sees\n  ${lines(leaves)}`)

await restoreTable(leaves, key, back)
const same = readFileSync(back).equals(readFileSync(wheatPath()))
console.log(`${rows} rows, ${same ? 'restored to the byte' : 'NOT what they were'}`)
