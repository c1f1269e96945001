// A model of tables, opened to be asked in memory: rows with labels in, probabilities out. An audit asks it so.
// Source: docs/architecture.md#the-service-and-the-edge, "what we train is what ships": the model's card says what its rows are.
// It holds all rows in memory; `predictTable` streams.

import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { type LabelSchema, readTable, type TableReading } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { compile, type Tensor, tensor } from '../../graph/index.ts'
import { loadOnnx, readModelFile } from '../../graph/onnx/files.ts'
import { hasCard, type ModelCard, readModelCard, schemaOfCard } from './card.ts'
import { featureCount, featuresOf } from './features.ts'
import type { Rows } from './trainRows.ts'

/** A classifier of tables, ready to answer. */
export interface TableModel {
  readonly card: ModelCard
  /** Name of its file, without the folder. */
  readonly name: string
  /** Of its file. */
  readonly sha256: string
  /** Probabilities [N, classes] of rows float64 [N, features]. */
  answers(rows: Tensor): Promise<Tensor>
  /**
   * Rows of a table with their classes, as the model takes them.
   * @throws FrostglassError `input` for a table that does not fit the card, or without its label
   */
  rowsOf(path: string, reading?: TableReading): Promise<Rows>
  /** Frees the model's program. */
  close(): Promise<void>
}

/**
 * Opens a classifier that `frostglass train` wrote. Close it.
 * @throws FrostglassError `input` for what is no model or has no card; `unsupported` for one that answers with numbers
 */
export async function openTableModel(path: string): Promise<TableModel> {
  const bytes = new Uint8Array(await readModelFile(path))
  const { graph, metadata } = await loadOnnx(path, bytes)
  const card = readModelCard(metadata, path)
  if (card.label.task !== 'class') {
    throw new FrostglassError(
      'unsupported',
      `${path} answers with numbers, not with classes`,
      'Take a model that was trained on a label of classes.',
    )
  }
  const { name, classes } = card.label
  const label: LabelSchema = {
    name,
    task: 'class',
    classes,
    integer: classes.every((text) => /^(0|-?[1-9]\d*)$/.test(text)),
    position: card.columns.length,
  }
  const schema = { ...schemaOfCard(card), label }
  const width = featureCount(schema.columns)
  const program = await compile(graph, { dims: {} })
  return {
    card,
    name: basename(path),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    async answers({ data, shape }) {
      const found = await program.run({ input: tensor(data as Float64Array, [shape[0]!, width], 'float64') })
      return Object.values(found)[0]!
    },
    async rowsOf(table, reading = {}) {
      const read = await readTable(table, { ...reading, schema })
      if (read.rows === 0) throw new FrostglassError('input', `${table} has no rows`, 'Give at least one.')
      return {
        x: featuresOf(schema.columns, read.columns, read.rows),
        width,
        y: read.label as Int32Array,
        classes: classes.length,
      }
    },
    close: () => program.close(),
  }
}

/** Whether a model file is one of tables, as `frostglass train` writes them. @throws FrostglassError `input` for no model */
export async function isTableModel(path: string): Promise<boolean> {
  return hasCard((await loadOnnx(path)).metadata)
}
