// A key: made for a table, sealed with a passphrase, described without a secret, refused to the wrong passphrase.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKey, describeKey, openTable, readKeyFile, writeKeyFile } from 'frostglass'
import { wheatPath } from 'frostglass/data'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
const file = join(folder, 'owner.key')

const table = await openTable(wheatPath(), { label: 'variety' })
const { key } = await createKey(table, { layers: 3, activation: 'tanh' })
table.close()
await writeKeyFile(file, key, { passphrase: 'correct horse' })

const { parameters, numericColumns, fingerprint } = describeKey(await readKeyFile(file, 'correct horse'))
console.log(`${parameters.layers} layers over ${numericColumns} columns, fingerprint ${fingerprint}`)
await readKeyFile(file, 'wrong horse').catch((error) => console.log(`refused: ${error.message}`))
