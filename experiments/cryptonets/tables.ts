// The tables on the page of encrypted inference.
// Source: results.ts.

import { percent } from '../../src/statistics/figures.ts'
import { shareText } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import type { Operations, PackingRow } from './results.ts'

const packingHead = ['encrypted', 'images', 'plain, the same images', 'encrypted', 'answered as in the plain']

const packingRows = (rows: readonly PackingRow[]): string[][] =>
  rows.map((row) => [
    row.name,
    row.images.toLocaleString('en'),
    shareText(row.plain),
    shareText(row.encrypted),
    shareText(row.same),
  ])

export const packingTable = (rows: readonly PackingRow[]): string =>
  markdownTable(packingHead, packingRows(rows))

export const packingPlainTable = (rows: readonly PackingRow[]): string =>
  plainTable(packingHead, packingRows(rows))

export const timeTable = (operations: Operations): string =>
  markdownTable(
    ['operation', 'calls', 'ms each', 'share'],
    operations.map((row) => [
      row.name,
      row.calls.toLocaleString('en'),
      (row.milliseconds / row.calls).toFixed(3),
      percent(row.share),
    ]),
  )
