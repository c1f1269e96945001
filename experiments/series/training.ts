// One forecast of a series from protected months: protect, scale, train the LSTM, foretell, and count the error.
// Source: SPG section 5.2 (two LSTM layers with as many units as predictors, six months in, three out).
// The order of the months is not hidden: a service that learns a series must know it.

import { FrostglassError } from '../../src/errors.ts'
import { type Tensor, tensor } from '../../src/graph/index.ts'
import {
  type ActivationName,
  type Dataset,
  dense,
  earlyStopping,
  fit,
  lstm,
  type Optimizer,
  predict,
  sequential,
} from '../../src/learn/index.ts'
import { layered } from '../../src/protect/index.ts'
import type { KeyActivationName as FrozenActivation } from '../../src/protect/keyed/activationNames.ts'
import { normalised, rangesOf } from '../../src/protect/keyed/protection.ts'
import { paperShape, type SeriesSplit } from './splits.ts'

/** How months are protected and what the service does with them; `blind`: it gets zeros, so it knows the target alone. */
export type Arm = 'blind' | Treatment

export interface Treatment {
  readonly matrix: 'glorot' | 'bounded'
  readonly precision: 'float32' | 'float64'
  /** Whether the service brings each predictor to mean 0 and deviation 1, by the months of its training block. */
  readonly standardise: boolean
}

/** The layers before the service; none for the unprotected series. */
export interface Frozen {
  readonly layers: number
  readonly activation: FrozenActivation
}

/** How the LSTM is trained. */
export interface SeriesRecipe {
  readonly optimizer: Optimizer
  /** Of the LSTM's cells. */
  readonly activation: ActivationName
  /** At most this many epochs; one step each, of all windows. */
  readonly epochs: number
  /** Epochs without a smaller validation error that are borne. */
  readonly patience: number
}

/** What the protected numbers of a split are like; all but `later` in its training block. */
export interface Shape {
  /** Largest magnitude; `null` if a number is no longer finite. */
  readonly largest: number | null
  /** The same in the months after the training block, which nothing was scaled to. */
  readonly later: number | null
  /** Share of predictors that are the same number in every month. */
  readonly flat: number
  /** Mean over predictors of the share of the variance that a single month carries; 0 for a flat one. */
  readonly peak: number
}

/** What one training gave. Errors are root mean squares, in registrations. */
export interface Forecast {
  readonly shape: Shape
  /** Absent when there is no forecast: numbers that go in are not finite, or the loss became so. */
  readonly trained?:
    | {
        readonly epochs: number
        readonly validation: number
        readonly test: number
        /** Over the test windows of which no month was trained or chosen on. */
        readonly strict: number
      }
    | undefined
}

/** Trains on one split. Everything is fitted to the training block: the owner has no later months when the key is made. */
export async function forecast(
  columns: readonly Float64Array[],
  split: SeriesSplit,
  options: {
    readonly arm: Arm
    readonly frozen: Frozen
    readonly secret: Uint8Array
    readonly recipe: SeriesRecipe
    readonly seed: number
  },
): Promise<Forecast> {
  const { arm, recipe, seed } = options
  const [from, to] = split.months
  const hidden = protectedMonths(columns, split, options)
  const end = split.test.at(-1)! + paperShape.past + paperShape.ahead
  const shape = shapeOf(
    hidden.map((column) => column.subarray(from, to)),
    hidden.map((column) => column.subarray(to, end)),
  )
  if (shape.largest === null || shape.later === null) return { shape }
  const predictors =
    arm !== 'blind' && arm.standardise
      ? hidden.map((column) => standardised(column, from, to).values)
      : hidden
  const target = standardised(columns[0]!, from, to)
  const units = predictors.length
  const { activation } = recipe
  const model = sequential(
    [
      lstm({ units, activation, returnSequences: true }),
      lstm({ units, activation }),
      dense({ units: paperShape.ahead }),
    ],
    { input: [paperShape.past, units] },
  )
  const windows = (first: readonly number[]): Dataset => windowsOf(predictors, target.values, first)
  const validation = windows(split.validation)
  try {
    const { weights, history } = await fit(model, windows(split.train), {
      loss: 'meanSquaredError',
      optimizer: recipe.optimizer,
      batch: split.train.length,
      epochs: recipe.epochs,
      callbacks: [earlyStopping({ monitor: 'valLoss', patience: recipe.patience, restoreBest: true })],
      validation,
      executor: 'plain',
      seed,
    })
    const all = [...split.validation, ...split.test.slice(1)]
    const answers = await predict(model, weights, windows(all).x, {
      loss: 'meanSquaredError',
      executor: 'plain',
    })
    const foretold = (window: number, ahead: number) =>
      target.mean +
      target.deviation * (answers.data[all.indexOf(window) * paperShape.ahead + ahead] as number)
    const error = (first: readonly number[]) => errorOf(columns[0]!, first, foretold)
    const [validationError, test, strict] = [split.validation, split.test, split.strict].map(error)
    return {
      shape,
      trained: { epochs: history.length, validation: validationError!, test: test!, strict: strict! },
    }
  } catch (error) {
    // Huge numbers that are still finite may overflow within a step: no forecast either.
    if (error instanceof FrostglassError && error.code === 'usage' && /not finite/.test(error.message)) {
      return { shape }
    }
    throw error
  }
}

/** Root mean square error over windows of what a rule foretells for each, `ahead` months from 0. */
export function errorOf(
  actual: Float64Array,
  first: readonly number[],
  foretold: (window: number, ahead: number) => number,
): number {
  const { past, ahead } = paperShape
  let sum = 0
  for (const window of first) {
    for (let h = 0; h < ahead; h++) sum += (foretold(window, h) - actual[window + past + h]!) ** 2
  }
  return Math.sqrt(sum / (first.length * ahead))
}

function protectedMonths(
  columns: readonly Float64Array[],
  split: SeriesSplit,
  { arm, frozen, secret }: { readonly arm: Arm; readonly frozen: Frozen; readonly secret: Uint8Array },
): readonly Float64Array[] {
  if (arm === 'blind') return columns.map((column) => new Float64Array(column.length))
  const known = columns.map((column) => column.subarray(...split.months))
  if (frozen.layers === 0) return normalised(columns, rangesOf(known))
  const { matrix, precision } = arm
  const columnOrder = matrix === 'bounded'
  return layered.fit(known, { ...frozen, matrix, precision, columnOrder, secret }).protect(columns)
}

/** A column to mean 0 and deviation 1 in the months `[from, to)`; one that is constant there is only centred. */
function standardised(column: Float64Array, from: number, to: number) {
  const known = column.subarray(from, to)
  const mean = known.reduce((sum, v) => sum + v, 0) / known.length
  const deviation = Math.sqrt(known.reduce((sum, v) => sum + (v - mean) ** 2, 0) / known.length) || 1
  return { mean, deviation, values: column.map((v) => (v - mean) / deviation) }
}

function windowsOf(
  predictors: readonly Float64Array[],
  target: Float64Array,
  first: readonly number[],
): { x: Tensor; y: Tensor } {
  const { past, ahead } = paperShape
  const x = first.flatMap((start) =>
    Array.from({ length: past }, (_, month) => predictors.map((column) => column[start + month]!)).flat(),
  )
  const y = first.flatMap((start) => Array.from(target.subarray(start + past, start + past + ahead)))
  return {
    x: tensor(Float64Array.from(x), [first.length, past, predictors.length], 'float64'),
    y: tensor(Float64Array.from(y), [first.length, ahead], 'float64'),
  }
}

function shapeOf(known: readonly Float64Array[], later: readonly Float64Array[]): Shape {
  const peaks = known.map((column) => {
    const mean = column.reduce((sum, v) => sum + v, 0) / column.length
    const squares = column.map((v) => (v - mean) ** 2)
    const sum = squares.reduce((total, v) => total + v, 0)
    return sum > 0 && Number.isFinite(sum) ? Math.max(...squares) / sum : 0
  })
  return {
    largest: largestOf(known),
    later: largestOf(later),
    flat: known.filter((column) => column.every((v) => v === column[0])).length / known.length,
    peak: peaks.reduce((sum, p) => sum + p, 0) / peaks.length,
  }
}

function largestOf(columns: readonly Float64Array[]): number | null {
  const largest = Math.max(...columns.map((column) => Math.max(...column.map(Math.abs))))
  return Number.isFinite(largest) ? largest : null
}
