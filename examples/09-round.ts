// The whole round: the owner protects and encodes, a service that sees neither learns and answers, the owner decodes.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKey, decodeTable, openTable, predictTable, protectTable, trainTable } from 'frostglass'
import { wheatPath } from 'frostglass/data'
import { adam } from 'frostglass/learn'
import { encodeTable } from 'frostglass/protect'
import { paperRecipe } from 'frostglass/serve'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

const table = await openTable(wheatPath(), { label: 'variety' })
const { key } = await createKey(table, { layers: 3, activation: 'tanh' })
table.close()
await protectTable(wheatPath(), key, at('protected.csv'))
await encodeTable(wheatPath(), key, at('encoded.csv'))
// The service.
const recipe = { ...paperRecipe, optimizer: adam({ learningRate: 0.1 }), seed: 1 }
const { bytes } = await trainTable(at('protected.csv'), { label: 'label', recipe, folds: 0 })
writeFileSync(at('model.onnx'), bytes)
await predictTable(at('model.onnx'), at('encoded.csv'), at('answers.csv'))
// The owner.
await decodeTable(at('answers.csv'), key, at('labels.csv'))
const lines = (file: string) => readFileSync(file, 'utf8').trim().split('\n').slice(1)
const truth = lines(wheatPath()).map((row) => row.split(',').at(-1))
const [coded, labels] = ['answers.csv', 'labels.csv'].map((name) =>
  lines(at(name)).map((row) => row.split(',')[0]),
)
console.log(`the service said ${coded![0]}, which the key decodes to ${labels![0]}`)
console.log(
  `right on ${labels!.filter((label, i) => label === truth[i]).length} of 210 seeds that it learned from`,
)
