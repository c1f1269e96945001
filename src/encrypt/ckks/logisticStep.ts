// A step of logistic regression on encrypted weights, as the service computes it; the data plain or encrypted.
// Source: gradient descent with a cubic for the sigmoid (Kim et al. 2018); the learning rate lies in the diagonals.
// w ← w − (η / n) Σ (½ + c₁ z + c₃ z³ − y) x, with z = X w: four levels.

import type { Ciphertext } from 'node-seal'
import type { DiagonalPlan } from './diagonals.ts'
import { columnsTimes, type Diagonals, plainDiagonals, rowsTimes } from './linear.ts'
import { type LogisticPlan, levelsOfStep } from './logisticPlan.ts'
import type { CkksService } from './service.ts'

/** A block of rows as a step needs it, at the level at which the step begins. */
export interface LogisticBlock {
  /** Of the rows. */
  readonly forward: Diagonals
  /** Of the rows times η / n. */
  readonly backward: Diagonals
  /** ½ − y. */
  readonly half: Float64Array | Ciphertext
}

/** Rows of a plain block, and their labels 0 or 1. */
export interface PlainRows {
  readonly count: number
  at(row: number, column: number): number
  readonly labels: ArrayLike<number>
}

/** (½ − y) of a block; 0 beyond its rows. */
export const halfOf = ({ slots }: DiagonalPlan, { count, labels }: PlainRows): Float64Array =>
  Float64Array.from({ length: slots }, (_, i) => (i < count ? 0.5 - labels[i]! : 0))

/** Encodes a plain block for steps that begin at a level. */
export function plainBlock(
  service: CkksService,
  { diagonals, learningRate, parameters }: LogisticPlan,
  rows: PlainRows,
  level: number,
): LogisticBlock {
  const usual = 2 ** parameters.precision
  const at = (row: number, column: number) => (row < rows.count ? rows.at(row, column) : 0)
  const rate = learningRate / rows.count
  const [top, bottom] = [level, level - levelsOfStep + 1]
  return {
    forward: plainDiagonals(service, diagonals, 'forward', at, {
      level: top,
      scale: service.factorScale(top, usual),
    }),
    backward: plainDiagonals(service, diagonals, 'backward', (row, column) => rate * at(row, column), {
      level: bottom,
      scale: service.factorScale(bottom, usual),
    }),
    half: halfOf(diagonals, rows),
  }
}

/** One step: new weights, four levels lower. The given ones stay. */
export function logisticStep(
  service: CkksService,
  { diagonals, sigmoid, parameters }: LogisticPlan,
  block: LogisticBlock,
  weights: Ciphertext,
): Ciphertext {
  const usual = 2 ** parameters.precision
  const [z] = rowsTimes(service, diagonals, [block.forward], weights) as [Ciphertext]
  const unsettled = service.product(z, z)
  const square = service.settled(unsettled)
  // At the scale at which its product with z² comes out at the usual one.
  const level = service.levelOf(square)
  const own = service.timesPlain(z, sigmoid.cubic, service.factorScale(level, square.scale()))
  const product = service.product(square, own)
  const cubic = service.settled(product)
  cubic.setScale(usual)
  const linear = service.timesPlain(z, sigmoid.linear)
  const above = service.plus(cubic, linear)
  const { half } = block
  const errors = half instanceof Float64Array ? service.plusPlain(above, half) : service.plus(above, half)
  const gradient = columnsTimes(service, diagonals, [block.backward], [errors])
  const before = service.timesPlain(weights, 1, gradient.scale())
  const after = service.minus(before, gradient)
  service.free(z, unsettled, square, own, product, cubic, linear, above, errors, gradient, before)
  return after
}
