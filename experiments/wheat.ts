// Wheat seeds under a model of the paper's size: protected in memory, trained and tested fold by fold.
// Source: SPG section 5.1 (wheat seeds, one hidden layer, five folds); the recipe is src/serve/tables/trainRows.ts.
// A training that diverges is a result: it answers one class for all, which is right for a third of the rows.

import { readWheat } from '../src/data/index.ts'
import { FrostglassError } from '../src/errors.ts'
import { tensor } from '../src/graph/index.ts'
import {
  adam,
  type Configuration,
  crossValidate,
  type Dataset,
  dense,
  type Fold,
  type Layer,
  stratifiedKFold,
} from '../src/learn/index.ts'
import { type LayeredOptions, layered } from '../src/protect/index.ts'
import { normalised, rangesOf } from '../src/protect/keyed/protection.ts'
import { shuffle, upTo } from '../src/random/order.ts'
import { seededStream } from '../src/random/seeded.ts'
import { seededSecret } from '../src/random/seededSecret.ts'
import { paperRecipe } from '../src/serve/index.ts'
import { standardise, standardOf } from '../src/serve/tables/features.ts'

/** Rows to classify, one array a column. */
export interface ClassifiedRows {
  readonly columns: readonly Float64Array[]
  /** Class of each row, from 0. */
  readonly labels: Int32Array
  readonly classes: number
}

/** The activations that the paper measured. */
export const paperActivations = ['tanh', 'sigmoid', 'exp'] as const

export type PaperActivation = (typeof paperActivations)[number]

/** The stages of the paper that rows go through; stage 1 maps columns to [-0.5, 0.5]. */
export interface Stages extends Omit<LayeredOptions, 'layers'> {
  /** Stages 5 to 7, that many times; 0 for none. */
  readonly layers: number
  /** Stage 2. */
  readonly relabelling: boolean
  /** Stage 3. */
  readonly rowOrder: boolean
}

/** What the service does to the columns that it gets: nothing, or mean 0 and deviation 1 by the training part. */
export type Scaling = 'none' | 'standard'

/** One training, tested on its fold. */
export interface Trial {
  /** Share of right answers; 1 / classes where training diverged. */
  readonly accuracy: number
  /** Epochs that were trained; 0 where training diverged. */
  readonly epochs: number
  readonly diverged: boolean
}

let loaded: Promise<ClassifiedRows> | undefined

/** The 210 wheat seeds: seven attributes, three varieties of 70. Read once. */
export function wheatRows(): Promise<ClassifiedRows> {
  loaded ??= classifiedWheat()
  return loaded
}

async function classifiedWheat(): Promise<ClassifiedRows> {
  const { columns, label, schema } = await readWheat()
  const classes = schema.label?.task === 'class' ? schema.label.classes.length : 0
  return { columns: columns as Float64Array[], labels: label as Int32Array, classes }
}

/**
 * Five stratified folds of the rows as they came, and those of their protected form: the same rows are tested in both,
 * wherever stage 3 has put them. So are their differences not those of the folds.
 */
export function protectedWheat(
  raw: ClassifiedRows,
  stages: Stages,
  seed: number,
): { readonly rows: ClassifiedRows; readonly folds: readonly Fold[] } {
  const { layers, relabelling, rowOrder, ...options } = stages
  const count = raw.labels.length
  const columns =
    layers === 0
      ? unitRange(raw.columns, options.precision)
      : layered
          .fit(raw.columns, { ...options, layers, secret: seededSecret(seed, 'wheat') })
          .protect(raw.columns)
  const codes = relabelling ? shuffle(upTo(raw.classes), seededStream(seed, 'classes')) : upTo(raw.classes)
  const order = rowOrder ? shuffle(upTo(count), seededStream(seed, 'rows')) : upTo(count)
  const place = new Int32Array(count)
  order.forEach((row, i) => {
    place[row] = i
  })
  const moved = (rows: Int32Array) => rows.map((r) => place[r]!).sort()
  return {
    rows: {
      columns: columns.map((column) => Float64Array.from(order, (r) => column[r]!)),
      labels: order.map((r) => codes[raw.labels[r]!]!),
      classes: raw.classes,
    },
    folds: stratifiedKFold(raw.labels, 5, { seed }).map((fold) => ({
      train: moved(fold.train),
      validation: fold.validation,
      test: moved(fold.test),
    })),
  }
}

function unitRange(
  columns: readonly Float64Array[],
  precision: LayeredOptions['precision'],
): readonly Float64Array[] {
  const scaled = normalised(columns, rangesOf(columns))
  return precision === 'float32' ? scaled.map((column) => column.map(Math.fround)) : scaled
}

/** The recipe's model. Its layers have names of their own, so that layers in front change no first weight. */
export const paperModel: readonly Layer[] = [
  ...paperRecipe.hidden.map((units, i) =>
    dense({ units, activation: paperRecipe.activation, name: `hidden.${i}` }),
  ),
  dense({ units: 3, name: 'classes' }),
]

/** The recipe's training, with Adam at the rate that `frostglass train` takes. */
export const paperTraining: Omit<Configuration, 'layers' | 'seed'> = {
  loss: 'categoricalCrossEntropy',
  optimizer: adam({ learningRate: 0.1 }),
  batch: paperRecipe.batch,
  epochs: paperRecipe.epochs,
  callbacks: paperRecipe.callbacks,
}

/** The data set of some columns, scaled by the statistics of a fold's training part. */
export function datasetOf({ columns, labels }: ClassifiedRows, fold: Fold, scaling: Scaling): Dataset {
  const [count, width] = [labels.length, columns.length]
  const x = new Float64Array(count * width)
  columns.forEach((column, j) => {
    for (let r = 0; r < count; r++) x[r * width + j] = column[r]!
  })
  const inputs = scaling === 'standard' ? standardise(x, standardOf(x, width, fold.train)) : x
  return { x: tensor(inputs, [count, width], 'float64'), y: tensor(labels, [count], 'int32') }
}

/** Trains and tests once a fold; the i-th trains with the configuration's seed + i. */
export async function trials(
  rows: ClassifiedRows,
  folds: readonly Fold[],
  scaling: Scaling,
  configuration: Configuration,
  signal?: AbortSignal,
): Promise<Trial[]> {
  const found: Trial[] = []
  for (const [i, fold] of folds.entries()) {
    const seed = (configuration.seed ?? 0) + i
    found.push(await trial(rows, fold, scaling, { ...configuration, seed }, signal))
  }
  return found
}

async function trial(
  rows: ClassifiedRows,
  fold: Fold,
  scaling: Scaling,
  configuration: Configuration,
  signal: AbortSignal | undefined,
): Promise<Trial> {
  const lost: Trial = { accuracy: 1 / rows.classes, epochs: 0, diverged: true }
  const data = datasetOf(rows, fold, scaling)
  if (!(data.x.data as Float64Array).every(Number.isFinite)) return lost
  try {
    const [result] = await crossValidate(configuration, data, [fold], signal ? { signal } : {})
    return { accuracy: result!.accuracy!, epochs: result!.epochs, diverged: false }
  } catch (error) {
    // The loss is no longer a number: the one error that training itself can come to.
    if (error instanceof FrostglassError && error.message.startsWith('training diverged')) return lost
    throw error
  }
}
