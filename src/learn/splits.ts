// Splits of rows into parts that train and parts that test: k-fold, stratified k-fold, walk-forward.
// Source: Kohavi 1995 (stratified cross-validation); walk-forward as in time-series evaluation.
// They give row numbers and copy nothing; standardising with the training part's statistics is the caller's affair.

import { FrostglassError } from '../errors.ts'
import { shuffle, upTo } from '../random/order.ts'
import { seededStream } from '../random/seeded.ts'

/** Row numbers of one fold. Parts are disjoint. */
export interface Fold {
  readonly train: Int32Array
  /** Empty unless the split has a part of its own for stopping and choosing. */
  readonly validation: Int32Array
  readonly test: Int32Array
}

/**
 * `folds` parts of near equal size, each the test part once.
 * @throws FrostglassError `usage` when there are fewer rows than folds, or fewer than two folds
 * @example kFold(210, 5, { seed: 1 })
 */
export function kFold(rows: number, folds: number, options: { seed: number }): Fold[] {
  requireFolds(rows, folds)
  const order = shuffle(upTo(rows), seededStream(options.seed, 'kFold'))
  return toFolds(
    order.map((_, i) => i % folds),
    order,
    folds,
  )
}

/**
 * As {@link kFold}, with every class spread evenly over the parts.
 * @param labels the class of each row, any integers
 */
export function stratifiedKFold(labels: ArrayLike<number>, folds: number, options: { seed: number }): Fold[] {
  requireFolds(labels.length, folds)
  const order = shuffle(upTo(labels.length), seededStream(options.seed, 'stratifiedKFold'))
  // Sorting the shuffled rows by class and dealing them out in turn gives each part its share, and equal sizes.
  order.sort((a, b) => labels[a]! - labels[b]!)
  return toFolds(
    order.map((_, i) => i % folds),
    order,
    folds,
  )
}

/**
 * Windows that move forward in time: train, then validation, then test, consecutive rows, no shuffling.
 * @param sizes rows of each part and of the shift from one window to the next (the test part's size by default)
 * @throws FrostglassError `usage` when no window fits
 * @example walkForward(121, { train: 60, validation: 12, test: 12 })
 */
export function walkForward(
  rows: number,
  sizes: { train: number; validation?: number | undefined; test: number; shift?: number | undefined },
): Fold[] {
  const { train, validation = 0, test, shift = test } = sizes
  const window = train + validation + test
  if (!(train >= 1 && validation >= 0 && test >= 1 && shift >= 1) || window > rows) {
    throw new FrostglassError(
      'usage',
      `no window of ${train} + ${validation} + ${test} rows fits ${rows} rows`,
      'Make the parts smaller; train, test and shift are at least 1.',
    )
  }
  const folds: Fold[] = []
  for (let start = 0; start + window <= rows; start += shift) {
    const part = (from: number, count: number) => upTo(count).map((i) => start + from + i)
    folds.push({
      train: part(0, train),
      validation: part(train, validation),
      test: part(train + validation, test),
    })
  }
  return folds
}

/**
 * The last `share` of a shuffled order as a validation part.
 * @param share above 0 and below 1
 */
export function holdOut(rows: number, share: number, options: { seed: number }): Fold {
  const held = Math.round(rows * share)
  if (!(share > 0 && share < 1) || held < 1 || held >= rows) {
    throw new FrostglassError(
      'usage',
      `a validation share of ${share} of ${rows} rows leaves a part empty`,
      'Use a share above 0 and below 1 that leaves rows on both sides.',
    )
  }
  const order = shuffle(upTo(rows), seededStream(options.seed, 'holdOut'))
  return {
    train: order.slice(0, rows - held).sort(),
    validation: order.slice(rows - held).sort(),
    test: new Int32Array(0),
  }
}

function requireFolds(rows: number, folds: number): void {
  if (!Number.isInteger(folds) || folds < 2 || folds > rows) {
    throw new FrostglassError(
      'usage',
      `${rows} rows cannot be split into ${folds} folds`,
      `Use a whole number of folds from 2 to ${rows}.`,
    )
  }
}

function toFolds(part: Int32Array, order: Int32Array, folds: number): Fold[] {
  return Array.from({ length: folds }, (_, fold) => ({
    train: order.filter((_, i) => part[i] !== fold).sort(),
    validation: new Int32Array(0),
    test: order.filter((_, i) => part[i] === fold).sort(),
  }))
}
