// How much of a signal is left behind each of the paper's layers, and how much of that float32 keeps.
// Source: measured here: a sigmoid of zero bias shrinks its signal about fourfold a layer.
// The signal is what differs between rows: a column's mean carries nothing to learn from.

import { covariance } from '../../src/statistics/covariance.ts'
import { mean } from '../../src/statistics/moments.ts'
import { type ClassifiedRows, type PaperActivation, protectedWheat, type Stages } from '../wheat.ts'

/** The deepest stack that the paper has. */
const deepest = 10

/** The layers that are looked at: the paper's, and the full variant's matrices. */
export const signalMatrices = ['glorot', 'bounded'] as const

/** One entry a layer, the first for none; null where a number has overflowed. */
export interface SignalAnswer {
  readonly measure: 'signal'
  /** Root mean square over the columns of their standard deviation over the rows; Glorot, zero bias, float64. */
  readonly deviations: readonly (number | null)[]
  /** The same of float32's error, relative to the signal. */
  readonly roundings: readonly (number | null)[]
  /** By matrix: how many columns' worth of variation is left, 1 to 7: k² / Σ r² over all pairs of columns. */
  readonly dimensions: Readonly<Record<(typeof signalMatrices)[number], readonly (number | null)[]>>
}

/** The signal under one seed's layers. */
export function measureSignal(raw: ClassifiedRows, activation: PaperActivation, seed: number): SignalAnswer {
  const stages = { activation, columnOrder: false, relabelling: false, rowOrder: false } as const
  const depths = Array.from({ length: deepest + 1 }, (_, layers) => layers)
  const columnsOf = (layers: number, drawn: Pick<Stages, 'matrix' | 'precision'>) =>
    protectedWheat(raw, { ...stages, ...drawn, layers, bias: drawn.matrix === 'bounded' }, seed).rows.columns
  const wide = depths.map((layers) => columnsOf(layers, { matrix: 'glorot' }))
  const narrow = depths.map((layers) => columnsOf(layers, { matrix: 'glorot', precision: 'float32' }))
  const deviations = wide.map(spreadOf)
  const roundings = wide.map(
    (columns, k) =>
      spreadOf(columns.map((column, j) => column.map((x, r) => x - narrow[k]![j]![r]!))) / deviations[k]!,
  )
  const bounded = depths.map((layers) => columnsOf(layers, { matrix: 'bounded' }))
  return {
    measure: 'signal',
    deviations: deviations.map(finite),
    roundings: roundings.map(finite),
    dimensions: {
      glorot: wide.map((columns) => finite(dimensionsOf(columns))),
      bounded: bounded.map((columns) => finite(dimensionsOf(columns))),
    },
  }
}

function spreadOf(columns: readonly Float64Array[]): number {
  return Math.sqrt(mean(covariance(columns, columns.map(mean)).diagonal()))
}

/** The participation ratio of the columns' correlation matrix, whose trace is k. */
function dimensionsOf(columns: readonly Float64Array[]): number {
  const products = covariance(columns, columns.map(mean))
  const squares = products.diagonal()
  let sum = 0
  squares.forEach((a, i) => {
    squares.forEach((b, j) => {
      sum += products.get(i, j) ** 2 / (a * b)
    })
  })
  return columns.length ** 2 / sum
}

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null)
