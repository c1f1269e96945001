// The table on the page of ObfNet before LeNet.
// Source: results.ts.

import { type Share, shareText } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { dropOf, type ObfnetResults, type PaneResult } from './results.ts'

const head = ['sample', 'LeNet is right', 'points below raw', 'parameters']

const rowsOf = (raw: Share, panes: readonly PaneResult[], many: ObfnetResults['many']): string[][] => [
  ['raw', shareText(raw), '', ''],
  ...panes.map((pane) => [
    pane.name,
    shareText(pane.obfuscated),
    dropOf(raw, pane).toFixed(2),
    pane.parameters.toLocaleString('en'),
  ]),
  [`one of ${many.panes} ObfNet2 at random`, shareText(many.obfuscated), dropOf(raw, many).toFixed(2), ''],
]

export const accuracyTable = (...rows: Parameters<typeof rowsOf>): string =>
  markdownTable(head, rowsOf(...rows))

export const accuracyPlainTable = (...rows: Parameters<typeof rowsOf>): string =>
  plainTable(head, rowsOf(...rows))
