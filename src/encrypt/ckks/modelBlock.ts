// A block of rows as a step needs it: diagonals in both directions, and what is added to answers to make them errors.
// Source: diagonals.ts. The learning rate over the number of rows lies in the backward diagonals.

import type { Ciphertext } from 'node-seal'
import { FrostglassError } from '../../errors.ts'
import type { DiagonalPlan } from './diagonals.ts'
import { type Diagonals, plainDiagonals } from './linear.ts'
import { levelsOfStep, type ModelPlan } from './modelPlan.ts'
import type { CkksService } from './service.ts'

/** At the level at which a step begins. */
export interface ModelBlock {
  readonly count: number
  /** Of the rows. */
  readonly forward: Diagonals
  /** Of the rows times η / count. */
  readonly backward: Diagonals
  /** See {@link offsetOf}. */
  readonly offset: Float64Array | Ciphertext
}

/** Rows of a plain block, and their labels 0 or 1. */
export interface PlainRows {
  readonly count: number
  /** 0 beyond the rows and columns. */
  readonly at: (row: number, column: number) => number
  readonly labels: ArrayLike<number>
}

/** A block of rows × features and labels; 0 beyond both. */
export function rowsOfBlock(
  { diagonals, features, rows }: ModelPlan,
  { x, labels }: { readonly x: Float32Array; readonly labels: Uint8Array },
  block: number,
): PlainRows {
  const first = block * diagonals.slots
  const count = Math.min(diagonals.slots, rows - first)
  return {
    count,
    at: (row, column) => (row < count && column < features ? x[(first + row) * features + column]! : 0),
    labels: labels.subarray(first, first + count),
  }
}

/** Logistic: ½ − y. Network: 1 − 2y, against an answer of −1 or 1. 0 beyond the rows. */
export function offsetOf(
  model: ModelPlan['model'],
  { slots }: DiagonalPlan,
  { count, labels }: PlainRows,
): Float64Array {
  const scale = model === 'logistic' ? 1 : 2
  return Float64Array.from({ length: slots }, (_, i) => (i < count ? scale * (0.5 - labels[i]!) : 0))
}

/** Encodes a plain block for steps that begin at a level. @throws FrostglassError `input` where nothing is left of it */
export function plainBlock(
  service: CkksService,
  { model, diagonals, learningRate, parameters }: ModelPlan,
  rows: PlainRows,
  level: number,
): ModelBlock {
  const usual = 2 ** parameters.precision
  const rate = learningRate / rows.count
  const bottom = level - levelsOfStep[model] + 1
  const forward = plainDiagonals(service, diagonals, 'forward', rows.at, {
    level,
    scale: service.factorScale(level, usual),
  })
  const backward = plainDiagonals(
    service,
    diagonals,
    'backward',
    (row, column) => rate * rows.at(row, column),
    {
      level: bottom,
      scale: service.factorScale(bottom, usual),
    },
  )
  if ([forward, backward].some((matrix) => matrix.every((diagonal) => diagonal === null)))
    throw new FrostglassError(
      'input',
      `rows or a learning rate so small that all of them round to 0`,
      'Scale the rows, or take a larger learning rate.',
    )
  return { count: rows.count, forward, backward, offset: offsetOf(model, diagonals, rows) }
}
