// The table on the page of private training.
// Source: results.ts.

import { percent } from '../../src/statistics/figures.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import type { PriceRow } from './results.ts'

/** What each recipe is, in a few words. */
export const names = { scattering: 'scattering, linear head', network: 'tutorial network' } as const

const head = ['model', 'images', 'ε', 'accuracy', 'spread', 'runs', 'σ', 'batch', 'steps', 'seconds']

const cells = (rows: readonly PriceRow[]): string[][] =>
  rows.map((row) => [
    names[row.recipe],
    row.set,
    row.epsilon === undefined ? 'none' : `${row.epsilon}`,
    percent(row.mean, 2),
    row.accuracies.length > 1 ? `± ${(100 * row.deviation).toFixed(2)}` : '–',
    `${row.accuracies.length}`,
    row.noiseMultiplier === undefined ? '–' : row.noiseMultiplier.toFixed(3),
    row.numbers.batch.toLocaleString('en'),
    row.steps === undefined ? '–' : `${row.steps}`,
    row.seconds.toFixed(0),
  ])

export const priceTable = (rows: readonly PriceRow[]): string => markdownTable(head, cells(rows))

/** The first columns, for the terminal. */
export const pricePlainTable = (rows: readonly PriceRow[]): string =>
  plainTable(
    head.slice(0, 6),
    cells(rows).map((row) => row.slice(0, 6)),
  )
