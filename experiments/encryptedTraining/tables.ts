// The tables on the page of encrypted training.
// Source: results.ts.

import { shareText } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import type { TrainingRow } from './results.ts'

type Drawn = typeof markdownTable

function accuracies(rows: readonly TrainingRow[], drawn: Drawn): string {
  const head = [
    'data',
    'model',
    'encrypted',
    'plain',
    'plain, as encrypted',
    'under encryption',
    'points lost',
    'as plain',
  ]
  const table = rows.map((row) => [
    `${row.data}, ${row.rows.toLocaleString('en')} × ${row.features}`,
    row.model,
    row.encrypted,
    shareText(row.sigmoid),
    shareText(row.polynomial),
    shareText(row.underEncryption),
    (100 * (row.sigmoid.value - row.underEncryption.value)).toFixed(2),
    shareText(row.asPlain),
  ])
  return drawn(head, table)
}

function costsOf(rows: readonly TrainingRow[], drawn: Drawn): string {
  const costHead = [
    'data',
    'model',
    'encrypted',
    'steps',
    'round trips',
    'MB to the service',
    'MB back',
    's a step',
  ]
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
  const costs = rows.map((row) => [
    row.data,
    row.model,
    row.encrypted,
    String(row.steps),
    String(row.roundTrips),
    megabytes(row.bytesUp),
    megabytes(row.bytesDown),
    row.secondsPerStep.toFixed(2),
  ])
  return drawn(costHead, costs)
}

export const accuracyTable = (rows: readonly TrainingRow[]): string => accuracies(rows, markdownTable)

export const costTable = (rows: readonly TrainingRow[]): string => costsOf(rows, markdownTable)

/** Both, for the terminal. */
export const plainTables = (rows: readonly TrainingRow[]): string =>
  `${accuracies(rows, plainTable)}\n\n${costsOf(rows, plainTable)}`
