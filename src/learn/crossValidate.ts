// Cross-validation: a model trained on each fold's training part and measured on its test part.
// Source: Kohavi 1995. Standardising with the training part's statistics is the caller's affair.

import type { ExecutorName } from '../graph/index.ts'
import { type Dataset, prepare, takeRows } from './dataset.ts'
import { fit } from './fit.ts'
import type { Layer } from './layers/index.ts'
import { lossOf } from './losses.ts'
import { accuracy, argmax, meanAbsoluteDifference, rootMeanSquaredError } from './metrics.ts'
import { sequential, type Weights } from './model.ts'
import { predict } from './predict.ts'
import type { Fold } from './splits.ts'
import type { Recipe } from './train.ts'

/** A model and its training as JSON can hold them: what cross-validation and grid search take. */
export interface Configuration extends Recipe {
  readonly layers: readonly Layer[]
  /** Share of the training part to stop and choose by, when the fold has no validation part. */
  readonly validation?: number | undefined
  readonly executor?: ExecutorName | undefined
  /** Threads of the native executor. */
  readonly threads?: number | undefined
}

/** What a fold gave. */
export interface FoldResult {
  /** Epochs that were trained. */
  readonly epochs: number
  /** Of the test part: class probabilities, or numbers, row by row. */
  readonly answers: Float64Array
  readonly weights: Weights
  /** Share of right answers, for a classifier. */
  readonly accuracy?: number | undefined
  /** In the units of the targets, for numbers. */
  readonly rootMeanSquaredError?: number | undefined
  readonly meanAbsoluteError?: number | undefined
}

/**
 * Trains and measures once for each fold, one after another; fold i trains with seed + i.
 * @throws FrostglassError as for training
 * @example await crossValidate(configuration, { x, y }, stratifiedKFold(labels, 5, { seed: 1 }))
 */
export async function crossValidate(
  configuration: Configuration,
  data: Dataset,
  folds: readonly Fold[],
  options: {
    signal?: AbortSignal | undefined
    onFold?: ((done: number, of: number) => void) | undefined
  } = {},
): Promise<FoldResult[]> {
  const results: FoldResult[] = []
  for (const fold of folds) {
    results.push(await runFold(configuration, data, fold, results.length, options.signal))
    options.onFold?.(results.length, folds.length)
  }
  return results
}

/** Trains and measures on one fold, the `index`-th. */
export async function runFold(
  configuration: Configuration,
  data: Dataset,
  fold: Fold,
  index: number,
  signal?: AbortSignal,
): Promise<FoldResult> {
  const { layers, validation, ...recipe } = configuration
  const model = sequential(layers, { input: data.x.shape.slice(1) })
  const held = fold.validation.length ? takeRows(data, fold.validation) : validation
  const { weights, history } = await fit(model, takeRows(data, fold.train), {
    ...recipe,
    seed: (recipe.seed ?? 0) + index,
    ...(held === undefined ? {} : { validation: held }),
    ...(signal ? { signal } : {}),
  })
  const test = takeRows(data, fold.test)
  const loss = lossOf(recipe.loss)
  const answers = (
    await predict(model, weights, test.x, {
      loss,
      executor: recipe.executor,
    })
  ).data as Float64Array
  const result = { epochs: history.length, answers, weights }
  const right = prepare(test, model, loss).answers
  if (right === undefined) {
    const targets = Array.from(test.y.data, Number)
    return {
      ...result,
      rootMeanSquaredError: rootMeanSquaredError(answers, targets),
      meanAbsoluteError: meanAbsoluteDifference(answers, targets),
    }
  }
  const predicted =
    loss.answers === 'one'
      ? argmax(answers, answers.length / right.length)
      : answers.map((p) => (p > 0.5 ? 1 : 0))
  return { ...result, accuracy: accuracy(predicted, right) }
}
