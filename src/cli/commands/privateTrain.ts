// frostglass private train: private training of a table, paid for before its first step.
// Source: docs/explanation/private-training.md; src/private/training has the mechanism.
// It measures nothing on the rows, and reads nothing off them that is not stated.

import { writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import type { Bounds } from '../../private/index.ts'
import { readSchema, schemaOf } from '../../private/schema/schema.ts'
import { type TrainingRecipe, trainPrivateTable } from '../../serve/index.ts'
import { digits } from '../../statistics/figures.ts'
import { openForSpending } from '../ledgerOption.ts'
import type { JsonOption } from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct, requireFree, requireOnnx } from '../outputPath.ts'
import { progress } from '../progress.ts'
import { optimizers } from '../recipe.ts'
import type { OptimizerName } from '../recipeNames.ts'

export interface PrivateTrainOptions extends JsonOption {
  readonly label: string
  readonly out: string
  readonly epsilon: number
  readonly delta: number
  readonly clip: number
  readonly clipping: 'flat' | 'per-layer' | 'automatic'
  readonly hidden: number[]
  readonly activation: TrainingRecipe['activation']
  readonly optimizer: OptimizerName
  readonly learningRate: number
  readonly batch: number
  readonly epochs: number
  readonly seed: number
  readonly bounds?: Readonly<Record<string, Bounds>> | undefined
  readonly schema?: string | undefined
  readonly columns?: string[] | undefined
  readonly categories?: Readonly<Record<string, string[]>> | undefined
  readonly classes?: string[] | undefined
  readonly privacyUnit?: string | undefined
  readonly rowsPerUnit?: number | undefined
  readonly ledger?: string | undefined
  readonly checkpoint?: string | undefined
  readonly nullText?: string[] | undefined
  readonly header?: boolean | undefined
  readonly delimiter?: string | undefined
  readonly force?: boolean | undefined
}

/** What `frostglass private train` does: trains within a budget and writes the model. */
export async function privateTrain(
  path: string,
  options: PrivateTrainOptions,
  signal: AbortSignal,
): Promise<void> {
  const { epsilon, delta, out, json, label, columns, header, nullText, privacyUnit } = options
  requireOnnx(out, 'model.onnx')
  await requireDistinct(out, [path, options.ledger, options.schema, options.checkpoint])
  await requireFree(out, options.force)
  if (path === '-')
    throw new FrostglassError(
      'usage',
      'private training reads no standard input',
      'Save the table as a file first.',
    )
  if (options.rowsPerUnit !== undefined && privacyUnit === undefined)
    throw new FrostglassError(
      'usage',
      '--rows-per-unit is about people, and nothing says whose each row is',
      'Say --privacy-unit, the column that does.',
    )
  const schema = schemaOf(
    { ...options, schema: options.schema === undefined ? undefined : await readSchema(options.schema) },
    label,
  )
  const ledger = options.ledger === undefined ? undefined : openForSpending(options.ledger)
  const bar = progress('training', json)
  try {
    const trained = await trainPrivateTable(path, {
      signal,
      onProgress: bar.update,
      recipe: {
        hidden: options.hidden,
        activation: options.activation,
        optimizer: optimizers[options.optimizer](options.learningRate),
        batch: options.batch,
        epochs: options.epochs,
        seed: options.seed,
      },
      schema,
      label,
      columns,
      unit: privacyUnit,
      rowsPerUnit: options.rowsPerUnit,
      epsilon,
      delta,
      clip: options.clip,
      clipping: options.clipping,
      header,
      nullText,
      delimiter: options.delimiter,
      ledger,
      checkpoint: options.checkpoint,
    }).catch(stoppedWith(options.checkpoint))
    await writeFileAtomic(out, trained.bytes, { mode: 0o644, force: options.force ?? false })
    bar.stop()
    const left = ledger?.state().left
    const warnings = [
      ...trained.warnings,
      ...(privacyUnit === undefined
        ? [
            'each row is protected, not each person: where a person may have several rows, name the column that says whose they are (--privacy-unit)',
          ]
        : []),
      ...(ledger
        ? []
        : [
            'nothing adds up what is spent: without a ledger every further release weakens the promise (--ledger)',
          ]),
    ]
    warn(json, warnings)
    const { spent, epochs, epochsBefore } = trained
    const before =
      epochsBefore > 0 ? `, ${epochsBefore} of them before, as ${options.checkpoint} has them` : ''
    print(
      json,
      {
        out,
        epochs,
        epochsBefore: options.checkpoint ? epochsBefore : undefined,
        spent,
        left,
        warnings,
      },
      () =>
        [
          `wrote ${out} (learned privately in ${counted(epochs, 'epoch')}${before})`,
          `spent ε = ${digits(spent.epsilon, 4)}, δ = ${spent.delta} (protects ${privacyUnit === undefined ? 'a row' : `all rows of one ${privacyUnit}`}); noise multiplier ${digits(spent.noiseMultiplier, 4)}, ${counted(spent.steps, 'step')} at a sampling rate of ${digits(spent.rate, 4)}`,
          ...(left
            ? [`left in ${options.ledger}: ε = ${digits(left.epsilon, 4)}, δ = ${digits(left.delta, 4)}`]
            : []),
        ].join('\n'),
    )
  } finally {
    bar.stop()
    ledger?.close()
  }
}

/** Where somebody stops it: what becomes of what was paid. */
const stoppedWith =
  (checkpoint: string | undefined) =>
  (error: unknown): never => {
    if (!(error instanceof FrostglassError) || error.code !== 'aborted') throw error
    throw new FrostglassError(
      'aborted',
      error.message,
      checkpoint === undefined
        ? 'Say --checkpoint the next time, and a training goes on where it was; what was paid stays spent.'
        : `Give the same command again: it goes on from ${checkpoint}, and is not paid twice.`,
      error,
    )
  }
