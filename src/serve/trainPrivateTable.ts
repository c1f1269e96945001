// Differentially private training on a table: the same small networks, of which nothing but noisy gradients saw a row.
// Source: private/training (DP-SGD); issue 12, section 4. A row is a person: one with many rows is protected less.
// Public are the columns' names and bounds, categories and classes: the model carries them. The caller says that they are.

import type { Table } from '../data/index.ts'
import { FrostglassError } from '../errors.ts'
import { writeOnnx } from '../graph/index.ts'
import type { Weights } from '../learn/index.ts'
import type { Bounds, Ledger } from '../private/index.ts'
import { type Clipping, type Spent, trainPrivately } from '../private/training/index.ts'
import { budgetOf, scheduleOf } from '../private/training/privacyBudget.ts'
import { cardMetadata, type ModelCard } from './card.ts'
import { featureCount, type Standard, standardise } from './features.ts'
import { datasetOf, lossNameOf, networkOf, type Rows, rowsOf, type TrainingRecipe } from './trainRows.ts'
import { cardOf, readToTrain, shippedGraph, type TrainTableOptions } from './trainTable.ts'

/** What private training of a table is told. */
export interface TrainPrivateTableOptions extends Omit<TrainTableOptions, 'recipe' | 'folds'> {
  readonly recipe: Pick<TrainingRecipe, 'hidden' | 'activation' | 'optimizer' | 'epochs' | 'seed'> & {
    /** Rows that a batch is expected to have. */
    readonly batch: number
  }
  /** ε, nats, of the whole training. */
  readonly epsilon: number
  readonly delta: number
  /** The clipping norm. */
  readonly clip: number
  readonly clipping?: Clipping
  /** Where each column's numbers are held to lie, and a number label's: known without looking at the data. */
  readonly bounds: Readonly<Record<string, Bounds>>
  /** Whether the categories of columns of text are public knowledge. */
  readonly publicCategories?: boolean
  /** Pays for the training before its first step. */
  readonly ledger?: Ledger
}

/** A privately trained model. */
export interface PrivatelyTrainedTable {
  /** The model as ONNX; its metadata say what was spent. */
  readonly bytes: Uint8Array
  readonly card: ModelCard
  readonly spent: Spent
  readonly epochs: number
  readonly warnings: readonly string[]
}

/**
 * Trains privately on a whole table. Nothing is measured on it: an accuracy would have to be paid for.
 * @throws FrostglassError `usage` for a column without bounds, categories that nobody called public, or a mean to fill in;
 * `policy` when the ledger refuses; `input` as `trainTable`
 */
export async function trainPrivateTable(
  path: string,
  options: TrainPrivateTableOptions,
): Promise<PrivatelyTrainedTable> {
  const { recipe, bounds, epsilon, delta, clip, clipping, ledger, signal, onProgress, ...reading } = options
  refuseFilling(reading.missing)
  const { table, manifest } = await readToTrain(path, { ...reading, ...(signal ? { signal } : {}) })
  requirePublic(table, options)
  const rows = clamped(table, rowsOf(table, path), bounds)
  const standard = standardOfBounds(table, bounds)
  const target = targetOfBounds(table, bounds)
  const data = datasetOf(rows, standardise(rows.x, standard), target)
  const model = networkOf(rows, recipe)
  const schedule = scheduleOf(table.rows, recipe)
  const { noiseMultiplier, rate, steps } = budgetOf({ epsilon, delta, ...schedule })
  const what = `private training on ${table.schema.label?.name ?? 'a label'}`
  const losses = [{ kind: 'sampled-gaussian', noiseMultiplier, rate, times: steps }] as const
  const source = await ledger?.sourceOf(path)
  await ledger?.spendInTurn({ what, losses, delta, unit: 'row', source }, { signal })
  let end: { weights: Weights; spent: Spent } | undefined
  for await (const epoch of trainPrivately(model, data, {
    loss: lossNameOf(rows),
    optimizer: recipe.optimizer,
    epochs: recipe.epochs,
    batch: schedule.batch,
    clip,
    delta,
    noiseMultiplier,
    seed: recipe.seed,
    ...(clipping ? { clipping } : {}),
    ...(signal ? { signal } : {}),
  })) {
    onProgress?.(epoch.record.epoch, recipe.epochs)
    if (epoch.last) end = { weights: epoch.weights(), spent: epoch.spent }
  }
  if (!end) throw new TypeError('training ended without an epoch')
  const { spent } = end
  const card: ModelCard = {
    ...cardOf(table, manifest),
    private: { ...spent, clip, clipping: clipping ?? 'flat', unit: 'row' },
  }
  const shipped = shippedGraph({ model, weights: end.weights, standard, target }, rows)
  return {
    bytes: writeOnnx(shipped, { metadata: cardMetadata(card) }),
    card,
    spent,
    epochs: recipe.epochs,
    warnings: [...table.warnings, ...warningsOf(table, delta)],
  }
}

function refuseFilling(missing: TrainPrivateTableOptions['missing']): void {
  if (missing !== 'mean' && missing !== 'median') return
  throw new FrostglassError(
    'usage',
    `a column’s ${missing} is a number about the rows, and nothing pays for it`,
    {
      hint: 'drop rows with missing cells, or fill them in the file with a value that everybody knows',
    },
  )
}

function requirePublic(table: Table, { bounds, publicCategories }: TrainPrivateTableOptions): void {
  const { columns, label } = table.schema
  const numbers = columns.filter((c) => c.kind === 'numeric').map((c) => c.name)
  if (label?.task === 'number') numbers.push(label.name)
  const unbounded = numbers.filter((name) => !Object.hasOwn(bounds, name))
  if (unbounded.length > 0)
    throw new FrostglassError('usage', `no bounds are stated for ${unbounded.join(', ')}`, {
      hint: `say where their numbers lie, from what is known without the data: --bounds ${unbounded[0]}=0:100`,
    })
  const stranger = Object.keys(bounds).find((name) => !numbers.includes(name))
  if (stranger !== undefined)
    throw new FrostglassError('usage', `bounds are stated for '${stranger}', which is no column of numbers`, {
      hint: `columns of numbers are ${numbers.join(', ')}`,
    })
  const text = columns.filter((c) => c.kind === 'categorical')
  if (text.length > 0 && !publicCategories)
    throw new FrostglassError(
      'usage',
      `the model would carry the categories of ${text.map((c) => c.name).join(', ')}, of which one may be a single person’s`,
      { hint: 'where they are public knowledge say --public-categories; else leave the columns out' },
    )
}

/** The rows with every number held to its bounds. */
function clamped(table: Table, rows: Rows, bounds: TrainPrivateTableOptions['bounds']): Rows {
  const x = rows.x.slice()
  let at = 0
  for (const column of table.schema.columns) {
    const own = bounds[column.name]
    if (own) for (let i = at; i < x.length; i += rows.width) x[i] = held(x[i] as number, own)
    at += column.kind === 'numeric' ? 1 : column.categories.length
  }
  const own = table.schema.label?.task === 'number' ? bounds[table.schema.label.name] : undefined
  const y = own ? Float64Array.from(rows.y as Float64Array, (v) => held(v, own)) : rows.y
  return { ...rows, x, y }
}

const held = (v: number, { lower, upper }: Bounds): number => Math.min(Math.max(v, lower), upper)
const middle = ({ lower, upper }: Bounds): number => (lower + upper) / 2
const half = ({ lower, upper }: Bounds): number => (upper - lower) / 2

/** Bounds to −1 and 1; categories stay 0 and 1. */
function standardOfBounds(table: Table, bounds: TrainPrivateTableOptions['bounds']): Standard {
  const width = featureCount(table.schema.columns)
  const mean = new Float64Array(width)
  const deviation = new Float64Array(width).fill(1)
  let at = 0
  for (const column of table.schema.columns) {
    const own = bounds[column.name]
    if (own) {
      mean[at] = middle(own)
      deviation[at] = half(own)
    }
    at += column.kind === 'numeric' ? 1 : column.categories.length
  }
  return { mean, deviation }
}

function targetOfBounds(table: Table, bounds: TrainPrivateTableOptions['bounds']) {
  const { label } = table.schema
  const own = label?.task === 'number' ? bounds[label.name] : undefined
  return own ? { mean: middle(own), deviation: half(own) } : { mean: 0, deviation: 1 }
}

function warningsOf(table: Table, delta: number): string[] {
  const { label } = table.schema
  const classes =
    label?.task === 'class'
      ? [`the model carries the classes of '${label.name}' and counts its rows: these are not protected`]
      : []
  const loose =
    delta >= 1 / table.rows
      ? [`δ = ${delta} is one over the number of rows or more: it would allow to publish somebody’s row`]
      : []
  return [...loose, ...classes]
}
