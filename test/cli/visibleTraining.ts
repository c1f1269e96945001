// All that an observer of a private training of a table gets, but for the weights: what two adjacent tables must agree on.
// Its parts: what is printed, as text and as JSON, the exit code, the model's file, the ledger's entries, the folder.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fromBinary, toJson } from '@bufbuild/protobuf'
import { ModelProtoSchema } from '../../src/graph/onnx/onnx_pb.js'
import { openLedger } from '../../src/private/index.ts'
import {
  type Cells,
  csvLine,
  jsonObject,
  messyCells,
  messyJsonLines,
  messyLines,
  ordinaryRows,
  statedPeople,
  writeLines,
  writeParquet,
} from '../../src/private/schema/testing.ts'
import type { Workplace } from './harness.ts'

const row = 23

/** A model's file with every number of its weights taken out. */
function withoutWeights(path: string) {
  const bytes = readFileSync(path)
  const model = fromBinary(ModelProtoSchema, bytes)
  let weights = 0
  for (const tensor of model.graph?.initializer ?? [])
    if (/\.dense\.(kernel|bias)$/.test(tensor.name)) {
      tensor.rawData = new Uint8Array(tensor.rawData.length)
      weights++
    }
  return { bytes: bytes.length, weights, model: toJson(ModelProtoSchema, model) }
}

/** Trains for one step on a table of the place's folder, twice: printing text, and printing JSON. */
async function visibleTraining(place: Workplace, table: string, options: string) {
  const printed = []
  for (const option of ['', ' --json']) {
    const { code, out, err } = await place.run(
      `private train ${table} --label sick --schema people.schema.json --ledger people.ledger --out model.onnx --force --epsilon 8 --delta 0.001 --epochs 1 --hidden 2${options}${option}`,
    )
    printed.push({ code, out, err })
  }
  const ledger = openLedger(place.at('people.ledger'))
  const spent = ledger.entries().map(({ at: _, ...entry }) => entry)
  ledger.close()
  const model = existsSync(place.at('model.onnx')) ? withoutWeights(place.at('model.onnx')) : 'none'
  return { printed, spent, model, folder: place.listing() }
}

/** Tables in which one row is messy, by what is wrong with it; `ordinary` has none. */
export function tables() {
  const with_ = <T>(all: readonly T[], one: T) => all.map((own, i) => (i === row ? one : own))
  const lines = ordinaryRows.map(csvLine)
  const objects = ordinaryRows.map(jsonObject)
  const csv = (line: string | Buffer) => (path: string) =>
    writeLines(path, ['age,town,sick,who', ...with_<string | Buffer>(lines, line)])
  const json = (line: string | Buffer) => (path: string) =>
    writeLines(path, with_<string | Buffer>(objects, line))
  const array = (element: string) => async (path: string) =>
    writeFileSync(path, `[${with_(objects, element).join(',')}]`)
  const parquet = (cells: Cells) => (path: string) =>
    writeParquet(path, with_(ordinaryRows, cells), 'VARCHAR')
  const cells = Object.entries(messyCells)
  const one = ordinaryRows[row]!
  type Write = (path: string) => Promise<void>
  const kinds: Readonly<Record<string, readonly (readonly [string, Write])[]>> = {
    'people.csv': [
      ['ordinary', csv(csvLine(one))],
      ...cells.map(([name, own]): [string, Write] => [name, csv(csvLine(own))]),
      ...Object.entries(messyLines).map(([name, line]): [string, Write] => [name, csv(line)]),
    ],
    'people.jsonl': [
      ['ordinary', json(jsonObject(one))],
      ...cells.map(([name, own]): [string, Write] => [name, json(jsonObject(own))]),
      ...Object.entries(messyJsonLines).map(([name, line]): [string, Write] => [name, json(line)]),
    ],
    'people.json': [
      ['ordinary', array(jsonObject(one))],
      ...cells.map(([name, own]): [string, Write] => [name, array(jsonObject(own))]),
    ],
    'people.parquet': [
      ['ordinary', parquet(one)],
      ...cells.map(([name, own]): [string, Write] => [name, parquet(own)]),
    ],
  }
  return kinds
}

/** The same, with a fresh ledger, on the table that a writer writes; the table itself is private, and so is its size. */
export async function visibleOf(
  place: Workplace,
  table: string,
  write: (path: string) => Promise<void>,
  options = '',
) {
  for (const name of ['people.ledger', 'people.schema.json', 'model.onnx'])
    rmSync(place.at(name), { force: true })
  writeFileSync(place.at('people.schema.json'), JSON.stringify(statedPeople))
  const unit = /--privacy-unit (\w+)/.exec(options)?.[1] ?? 'row'
  await place.run(`ledger create people.ledger --dataset people --unit ${unit} --epsilon 20 --delta 0.01`)
  await write(place.at(table))
  const { folder, ...seen } = await visibleTraining(place, table, options)
  return { ...seen, folder: folder.filter((line) => !line.startsWith('people.')) }
}
