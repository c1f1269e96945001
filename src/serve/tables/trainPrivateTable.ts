// Differentially private training on a table: the same small networks, of which nothing but noisy gradients saw a row.
// Source: private/training (DP-SGD); private/schema, whose PROOF.md says why nothing else tells of a row.
// The number of rows is told. What the owner states about columns is told, too, and is believed to be known without them.

import { basename } from 'node:path'
import { listed } from '../../data/plan.ts'
import { FrostglassError } from '../../errors.ts'
import { tensor } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { takeRows, type Weights } from '../../learn/index.ts'
import type { Ledger } from '../../private/index.ts'
import { requireUnitColumn } from '../../private/ledger/request.ts'
import { type ReadStatedOptions, readStated, type StatedRows } from '../../private/schema/readStated.ts'
import { type StatedSchema, type Task, taskOf } from '../../private/schema/schema.ts'
import { readCheckpoint } from '../../private/training/checkpointFile.ts'
import type { Clipping } from '../../private/training/clipping.ts'
import { budgetOf, type Spent, scheduleOf, spentBy } from '../../private/training/privacyBudget.ts'
import { diverged, trainPrivately } from '../../private/training/trainPrivately.ts'
import type { Manifest } from '../../protect/index.ts'
import { readManifestIfAny } from '../../protect/keyed/manifest.ts'
import type { ModelCard } from './card.ts'
import { requireNoOtherLabel } from './otherLabels.ts'
import { type NotedTraining, noteOf, requireNoted } from './privateCheckpoint.ts'
import { cardOfTask, statedModel } from './statedModel.ts'
import { lossNameOf, networkOf, type TrainingRecipe } from './trainRows.ts'
import { requireFit } from './trainTable.ts'

/** What private training of a table is told. */
export interface TrainPrivateTableOptions extends ReadStatedOptions {
  readonly recipe: Pick<TrainingRecipe, 'hidden' | 'activation' | 'optimizer' | 'epochs' | 'seed'> & {
    /** Rows, or with `unit` people, that a batch is expected to have. */
    readonly batch: number
  }
  /** What the columns may hold, known without looking at the rows. */
  readonly schema: StatedSchema
  /** Which of them is to be learned: a category's values are classes, a number is answered as one. */
  readonly label: string
  /** Which of them to learn from, in this order; all others unless given. */
  readonly columns?: readonly string[] | undefined
  /** ε, nats, of the whole training. */
  readonly epsilon: number
  readonly delta: number
  /** The clipping norm. */
  readonly clip: number
  readonly clipping?: Clipping | undefined
  /** With `unit`: how many rows of a person count in a step at most, drawn anew each time; 1 unless given. */
  readonly rowsPerUnit?: number | undefined
  /** Pays for the training before its first step. */
  readonly ledger?: Ledger | undefined
  /** Where each epoch's state is kept, to go on from without paying again. */
  readonly checkpoint?: string | undefined
  /** Called with how much is done of how much. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined
}

/** A privately trained model. */
export interface PrivatelyTrainedTable {
  /** The model as ONNX; its metadata say what was stated and what was spent. */
  readonly bytes: Uint8Array
  readonly card: ModelCard
  readonly spent: Spent
  readonly epochs: number
  /** How many of them the checkpoint had. */
  readonly epochsBefore: number
  readonly warnings: readonly string[]
}

/**
 * What two trainings have in common that are one, for the note. Notes of before there was a separator to say, and of before `flat`
 * was said, stay the same: neither is noted where it is the usual one.
 */
const toldOf = (task: Task, count: number, options: TrainPrivateTableOptions) => {
  const { recipe, epsilon, delta, clip, clipping, unit, rowsPerUnit, header, nullText, delimiter } = options
  const shownClipping = clipping === 'flat' ? undefined : clipping
  const reading = [unit, rowsPerUnit, header, nullText, ...(delimiter === undefined ? [] : [delimiter])]
  return [task, recipe, count, epsilon, delta, clip, shownClipping, ...reading]
}

/** What the model's file says of itself. `rowsEach` is absent where a row is an example. */
const privateCard = (
  task: Task,
  manifest: Manifest | undefined,
  spent: Spent,
  { clip, clipping = 'flat' }: TrainPrivateTableOptions,
  rowsEach: number | undefined,
): ModelCard => ({
  ...cardOfTask(task),
  ...(manifest ? { keyFingerprint: manifest.keyFingerprint } : {}),
  private: {
    ...spent,
    clip,
    clipping,
    ...(rowsEach === undefined ? { unit: 'row' } : { unit: 'person', rowsPerUnit: rowsEach }),
  },
})

/**
 * Trains privately on a whole table. Nothing is measured on it: an accuracy would have to be paid for. No cell of any row
 * makes it fail: what does not fit the statement counts as docs/reference/stated-columns.md says.
 * @throws FrostglassError `usage` for what is not stated, before the table is looked at; `policy` when the ledger refuses;
 * `input` for what is public about the file; `aborted`; as `openCheckpoint` and `requireNoted` for a checkpoint
 */
export async function trainPrivateTable(
  path: string,
  options: TrainPrivateTableOptions,
): Promise<PrivatelyTrainedTable> {
  const { recipe, epsilon, delta, clip, clipping, ledger, checkpoint, signal, onProgress } = options
  const { unit } = options
  const task = taskOf(options.schema, options.label, options.columns)
  requireUnitColumn(unit)
  const manifest = await readManifestIfAny(path)
  requireNoOtherLabel(path, manifest, task.label.name, task.columns)
  const read = await readStated(path, task, options)
  if (manifest) requireFit(manifest, { rows: read.rows, columns: manifest.columns }, path)
  const { data, people } = examplesOf(read, options)
  const count = people?.count ?? read.rows
  if (count < 10)
    throw new FrostglassError(
      'input',
      `${path} has ${count} ${people ? 'people' : 'rows'}, too few to learn from`,
      'Train on 10 or more.',
    )
  const shape = { width: read.width, classes: task.label.kind === 'category' ? read.outputs : 0 }
  const model = networkOf(shape, recipe)
  const schedule = scheduleOf(count, recipe)
  const budget = budgetOf({ epsilon, delta, ...schedule })
  const { noiseMultiplier, rate, steps } = budget
  const losses = [{ kind: 'sampled-gaussian', noiseMultiplier, rate, times: steps }] as const
  const source = await ledger?.sourceOf(path)
  const pay = async () => {
    const what = `private training on ${task.label.name}`
    return (await ledger?.spendInTurn({ what, losses, delta, unit: unit ?? 'row', source }, { signal }))
      ?.number
  }
  const noted: NotedTraining = {
    path: checkpoint ?? '',
    table: basename(path),
    told: toldOf(task, count, options),
    ledger,
    losses,
    source,
  }
  const begun = checkpoint === undefined ? undefined : await readCheckpoint(checkpoint)
  let end: { weights: Weights; spent: Spent } | undefined
  if (begun && begun.step === begun.steps) {
    // Trained and paid: what was not written then is written now.
    requireNoted(begun.note, noted)
    if (!Object.values(begun.weights).every((w) => toFloat64(w).every(Number.isFinite))) throw diverged()
    end = { weights: begun.weights, spent: spentBy(budget, steps) }
  } else {
    for await (const epoch of trainPrivately(model, data, {
      loss: lossNameOf(shape),
      optimizer: recipe.optimizer,
      epochs: recipe.epochs,
      batch: schedule.batch,
      clip,
      delta,
      noiseMultiplier,
      seed: recipe.seed,
      people,
      clipping,
      signal,
      ...(checkpoint === undefined
        ? { begin: async () => void (await pay()) }
        : {
            checkpoint: {
              path: checkpoint,
              note: async () => noteOf(noted, await pay()),
              goOn: (note: string) => requireNoted(note, noted),
            },
          }),
    })) {
      onProgress?.(epoch.record.epoch, recipe.epochs)
      if (epoch.last) end = { weights: epoch.weights(), spent: epoch.spent }
    }
  }
  if (!end) throw new TypeError('training ended without an epoch')
  const { spent } = end
  const card = privateCard(task, manifest, spent, options, people?.rowsEach)
  return {
    bytes: statedModel(task, model, end.weights, card),
    card,
    spent,
    epochs: recipe.epochs,
    epochsBefore: begun ? begun.step / schedule.perEpoch : 0,
    warnings: warningsOf(path, count, read.ignored, options),
  }
}

/** Rows as a data set; with people, those that are somebody's, and whose they are. */
export function examplesOf(read: StatedRows, { rowsPerUnit }: Pick<TrainPrivateTableOptions, 'rowsPerUnit'>) {
  const { rows, width, outputs, x, y, people } = read
  const all = { x: tensor(x, [rows, width], 'float64'), y: tensor(y, [rows, outputs], 'float64') }
  if (!people) return { data: all, people: undefined }
  const owned = Int32Array.from(people.of.keys()).filter((row) => people.of[row]! >= 0)
  return {
    data: takeRows(all, owned),
    people: {
      of: owned.map((row) => people.of[row]!),
      count: people.count,
      rowsEach: rowsPerUnit ?? 1,
    },
  }
}

function warningsOf(
  path: string,
  count: number,
  ignored: readonly string[],
  { delta, schema, unit }: TrainPrivateTableOptions,
): string[] {
  const isItsOwn = schema.draftedFrom !== undefined && basename(path) === schema.draftedFrom
  const [many, one] = unit === undefined ? ['rows', 'row'] : ['people', 'rows']
  return [
    ...(delta >= 1 / count
      ? [
          `δ = ${delta} is one over the number of ${many} or more: it would allow to publish somebody’s ${one}`,
        ]
      : []),
    ...(ignored.length > 0 ? [`columns that are not learned from: ${listed(ignored)}`] : []),
    ...(isItsOwn
      ? [
          `the schema was drafted from ${schema.draftedFrom}: if that is this very table, the model’s file tells of its rows`,
        ]
      : []),
  ]
}
