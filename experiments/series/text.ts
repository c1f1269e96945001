// What the pages of the time-series experiment share: looking up a cell, and writing numbers.
// Source: cells.ts.
// It rounds for reading; the JSON has all digits.

import { percent } from '../../src/statistics/figures.ts'
import { markdownTable } from '../textTables.ts'
import type { SeriesCell } from './cells.ts'
import type { SeriesData } from './results.ts'

type Arm = SeriesCell['arm']

/** The activations of the figure, in its order. */
export const activations = ['tanh', 'sigmoid', 'exp']

/** What a variant is, in a sentence. */
export const armNames = {
  paper: 'The paper’s layers: Glorot, zero bias, float32, taken by the service as they come',
  full: 'All stages: bounded matrices, bias, order of columns; standardised by the service',
  standardised: 'The paper’s layers, standardised by the service',
} as const

/** All depths of a variant by activation, mean ± sd and ratio. */
export function cellTable(data: SeriesData, choice: string, arm: Arm, part: 'test' | 'validation'): string {
  const plain = spreadText(cellOf(data, choice, arm, 'identity', 0), part)
  return markdownTable(
    ['layers', ...activations],
    [
      ['0', ...activations.map(() => plain)],
      ...depthsOf(data, choice).map((layers) => [
        `${layers}`,
        ...activations.map((a) => {
          const cell = cellOf(data, choice, arm, a, layers)
          return cell.trained === cell.trainings
            ? `${spreadText(cell, part)} (${ratioText(cell.ratio![part])})`
            : cellText(cell, part)
        }),
      ]),
    ],
  )
}

/** Mean and ratio of a whole cell; the share of forecasts of one that is not. */
export function cellText(cell: SeriesCell, part: 'test' | 'validation'): string {
  if (cell.trained === cell.trainings)
    return `${cell[part]!.mean.toFixed(0)} (${ratioText(cell.ratio![part])})`
  const share = `${shareText(cell.trained / cell.trainings)} forecasts`
  return cell.ratio ? `${share} (${ratioText(cell.ratio[part])})` : share
}

/** One point of a figure. */
export function cellOf(
  data: SeriesData,
  choice: string,
  arm: Arm,
  activation: string,
  layers: number,
): SeriesCell {
  return data.cells.find(
    (c) => c.choice === choice && c.arm === arm && c.activation === activation && c.layers === layers,
  )!
}

/** The service that gets zeros. */
export const blindOf = (data: SeriesData, choice: string) => cellOf(data, choice, 'blind', 'identity', 0)

/** The test error without frozen layers. */
export const plainText = (data: SeriesData, choice: string, arm: Arm) =>
  spreadText(cellOf(data, choice, arm, 'identity', 0), 'test')

/** Mean ± sd. */
export function spreadText(cell: SeriesCell, part: 'test' | 'validation'): string {
  return `${cell[part]!.mean.toFixed(0)} ± ${cell[part]!.deviation.toFixed(0)}`
}

/** The variants that were measured on a choice. */
export function armsOf(data: SeriesData, choice: string): (keyof typeof armNames)[] {
  return (['paper', 'standardised', 'full'] as const).filter((arm) =>
    data.cells.some((cell) => cell.choice === choice && cell.arm === arm),
  )
}

/** The numbers of layers that were measured on a choice. */
export function depthsOf(data: SeriesData, choice: string): number[] {
  const cells = data.cells.filter((cell) => cell.choice === choice && cell.layers > 0)
  return [...new Set(cells.map((cell) => cell.layers))].sort((a, b) => a - b)
}

/** A share in whole percent; less than one has a decimal place. */
export const shareText = (share: number): string => percent(share, share > 0 && share < 0.01 ? 1 : 0)

/** A ratio to no frozen layers. */
export const ratioText = (ratio: number): string => ratio.toFixed(2)

/** A magnitude; `null` is beyond the precision. */
export function sizeText(size: number | null): string {
  if (size === null) return 'not finite'
  return size < 1e4 ? size.toPrecision(3) : size.toExponential(0)
}

/** How far exponential layers have grown. */
export function growthAt(data: SeriesData, scaling: string, layers: number) {
  return data.growth.find((g) => g.scaling === scaling && g.layers === layers)!
}
