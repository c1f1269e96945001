// The service's training: a table in, a model out, cross-validated first. It does not know whether rows are protected.
// Source: docs/architecture.md#the-round-that-everything-serves; what we train is what ships.

import { type OpenOptions, readTable, type Table } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import type { Graph } from '../../graph/contract.ts'
import { writeOnnx } from '../../graph/index.ts'
import type { Weights } from '../../learn/index.ts'
import { lossOf } from '../../learn/losses.ts'
import { inferenceGraph } from '../../learn/model.ts'
import type { Manifest } from '../../protect/index.ts'
import { isReleasedLabel } from '../../protect/keyed/labels.ts'
import { readManifestIfAny } from '../../protect/keyed/manifest.ts'
import { cardMetadata, type ModelCard } from './card.ts'
import { withStandard } from './features.ts'
import { readingOfLabel } from './otherLabels.ts'
import {
  crossValidateRows,
  type FoldOutcome,
  foldsOf,
  lossNameOf,
  type Rows,
  rowsOf,
  type TrainedRows,
  type TrainingRecipe,
  trainRows,
} from './trainRows.ts'

/** How {@link trainTable} reads the table and trains. */
export interface TrainTableOptions extends Omit<OpenOptions, 'schema' | 'label'> {
  readonly label: string
  readonly recipe: TrainingRecipe
  /** Folds of the cross-validation; 0 for none. */
  readonly folds: number
  readonly signal?: AbortSignal | undefined
  /** Called with how much is done of how much. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined
}

/** What {@link trainTable} gives: the model, and how well it does. */
export interface TrainedTable {
  /** The model as ONNX. */
  readonly bytes: Uint8Array
  readonly card: ModelCard
  readonly folds: readonly FoldOutcome[]
  readonly rows: number
  readonly epochs: number
  readonly warnings: readonly string[]
}

/**
 * Cross-validates, then trains on the whole table.
 * @throws FrostglassError `input` for a table that does not fit its manifest or cannot be learned from; `usage`.
 */
export async function trainTable(path: string, options: TrainTableOptions): Promise<TrainedTable> {
  const { recipe, folds: count, signal, onProgress, ...reading } = options
  const { table, manifest, warnings } = await readToTrain(path, { ...reading, signal })
  const rows = rowsOf(table, path)
  if (count > 0 && count < 2)
    throw new FrostglassError('usage', 'cross-validation takes 2 folds or more, or 0 for none')
  const trainings = count + 1
  const folds = count
    ? await crossValidateRows(rows, foldsOf(rows, count, recipe.seed), recipe, {
        signal,
        onFold: (done) => onProgress?.(done, trainings),
      })
    : []
  const everything = Int32Array.from({ length: table.rows }, (_, i) => i)
  const outcome = await trainRows(rows, { train: everything }, recipe, signal)
  onProgress?.(trainings, trainings)
  const card = cardOf(table, manifest)
  const bytes = writeOnnx(shippedGraph({ ...outcome, weights: outcome.fitted.weights }, rows), {
    metadata: cardMetadata(card),
  })
  return {
    bytes,
    card,
    folds,
    rows: table.rows,
    epochs: outcome.fitted.history.length,
    warnings: [...table.warnings, ...warnings, ...doubts(table, manifest, path)],
  }
}

/** A protected table whose manifest is gone looks like any other table, but for its names. */
function doubts({ schema }: Table, manifest: Manifest | undefined, path: string): string[] {
  const named = isReleasedLabel(schema.label!.name) && schema.columns.every(({ name }, j) => name === `a${j}`)
  if (manifest || !named) return []
  return [
    `${path} looks like a protected table and has no manifest beside it: the model will not say which key it learned under, and nothing tells whether queries and answers belong to that key`,
  ]
}

/** A table to learn from, held to its manifest where it has one. @throws FrostglassError `input` */
async function readToTrain(
  path: string,
  options: Omit<OpenOptions, 'schema' | 'label'> & {
    readonly label: string
    readonly signal?: AbortSignal | undefined
  },
): Promise<{ table: Table; manifest: Manifest | undefined; warnings: readonly string[] }> {
  const manifest = await readManifestIfAny(path)
  const { reading, warnings } = await readingOfLabel(path, options.label, manifest, options)
  const table = await readTable(path, { ...options, ...reading })
  if (manifest) requireFit(manifest, { rows: table.rows, columns: table.schema.columns.length }, path)
  return { table, manifest, warnings }
}

/**
 * The graph that a model of these rows ships as: it takes what the table has, and answers in its units.
 * @param held whether standardised inputs are held to −1 … 1, as they were in training
 */
export function shippedGraph(
  {
    model,
    weights,
    standard,
    target,
  }: Pick<TrainedRows, 'model' | 'standard' | 'target'> & { weights: Weights },
  rows: Pick<Rows, 'classes'>,
  held = false,
): Graph {
  const { head } = lossOf(lossNameOf(rows))
  const output = rows.classes ? 'probabilities' : 'answer'
  return withStandard(inferenceGraph(model, weights, { head, output }), standard, target, held)
}

/** What a model of this table is told of it. */
export function cardOf(table: Table, manifest?: Manifest): ModelCard {
  const label = table.schema.label!
  const { filled } = table.schema
  return {
    version: 2,
    filled,
    columns: table.schema.columns.map((c) =>
      c.kind === 'numeric' ? { ...c } : { ...c, categories: [...c.categories] },
    ),
    label:
      label.task === 'class'
        ? { name: label.name, task: 'class', classes: [...label.classes] }
        : { name: label.name, task: 'number' },
    keyFingerprint: manifest ? manifest.keyFingerprint : undefined,
  }
}

/**
 * The seal is for who has the key; without it, at least what can be counted must agree.
 * @param counted rows of the table, and its columns besides the label
 * @throws FrostglassError `input`
 */
export function requireFit(
  manifest: Manifest,
  { rows, columns }: { readonly rows: number; readonly columns: number },
  path: string,
): void {
  if (manifest.rows === rows && manifest.columns === columns) return
  throw new FrostglassError(
    'input',
    `${path} has ${rows} rows of ${columns} columns besides the label, and its manifest says ${manifest.rows} of ${manifest.columns}`,
    'Take the table and the manifest as they were written.',
  )
}
