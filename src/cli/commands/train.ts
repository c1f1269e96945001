// frostglass train: the service's model of a table, protected or not.

import { writeFileAtomic } from '../../data/files.ts'
import { paperRecipe, type TrainingRecipe, trainTable } from '../../serve/index.ts'
import { percent } from '../../statistics/figures.ts'
import { meanAndSpread } from '../../statistics/moments.ts'
import { type JsonOption, type ReadingOptions, readingOptions } from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct, requireFree, requireOnnx } from '../outputPath.ts'
import { progress } from '../progress.ts'
import { optimizers } from '../recipe.ts'
import type { OptimizerName } from '../recipeNames.ts'

export interface TrainOptions extends ReadingOptions, JsonOption {
  readonly label: string
  readonly task?: 'class' | 'number' | undefined
  readonly out: string
  readonly hidden: number[]
  readonly activation: TrainingRecipe['activation']
  readonly optimizer: OptimizerName
  readonly learningRate: number
  readonly batch: number
  readonly epochs: number
  readonly folds: number
  readonly seed: number
  readonly force?: boolean | undefined
}

/** What `frostglass train` does. */
export async function train(path: string, options: TrainOptions, signal: AbortSignal): Promise<void> {
  requireOnnx(options.out, 'model.onnx')
  await requireDistinct(options.out, [path])
  await requireFree(options.out, options.force)
  const bar = progress('training', options.json)
  try {
    const trained = await trainTable(path, {
      ...readingOptions(options),
      label: options.label,
      task: options.task,
      signal,
      onProgress: bar.update,
      folds: options.folds,
      recipe: {
        ...paperRecipe,
        hidden: options.hidden,
        activation: options.activation,
        optimizer: optimizers[options.optimizer](options.learningRate),
        batch: options.batch,
        epochs: options.epochs,
        seed: options.seed,
      },
    })
    await writeFileAtomic(options.out, trained.bytes, { mode: 0o644, force: options.force ?? false })
    bar.stop()
    warn(options.json, trained.warnings)
    const { folds, rows, epochs, warnings, card } = trained
    const unit =
      card.keyFingerprint === undefined
        ? `in the unit of '${options.label}'`
        : 'in the protected number’s unit, which only the key knows'
    print(options.json, { out: options.out, rows, epochs, folds, warnings }, () =>
      [
        `wrote ${options.out} (learned from ${counted(rows, 'row')} in ${counted(epochs, 'epoch')})`,
        ...summary(folds, unit),
      ].join('\n'),
    )
  } finally {
    bar.stop()
  }
}

/** @param unit of what is learned, where that is a number */
function summary(folds: Awaited<ReturnType<typeof trainTable>>['folds'], unit: string): string[] {
  if (folds.length === 0) return []
  const accuracies = folds.flatMap((f) => f.accuracy ?? [])
  const errors = folds.flatMap((f) => f.rootMeanSquaredError ?? [])
  const { mean, deviation } = meanAndSpread(accuracies.length ? accuracies : errors)
  const found = accuracies.length
    ? `accuracy ${percent(mean)} ± ${percent(deviation)}`
    : `root mean squared error ${mean.toPrecision(4)} ± ${deviation.toPrecision(2)}, ${unit}`
  return [`${folds.length}-fold cross-validation: ${found}`]
}
