// The tables of the grid search's page.
// Source: results.ts.

import { markdownTable, plainTable, points, signedPoints } from '../textTables.ts'
import type { Champion, Effect } from './results.ts'

const shown = 10

const championHead = [
  'rank',
  'accuracy, %',
  'to ours',
  'activation',
  'optimiser',
  'rate',
  'neurons',
  'layers',
  'batch',
  'epochs',
]

/** The first ones, and ours wherever it stands. */
function championRows(champions: readonly Champion[]): string[][] {
  return champions
    .filter((c) => c.rank <= shown || c.ours)
    .map((c) => [
      c.ours ? `${c.rank}, ours` : `${c.rank}`,
      `${points(c.accuracy.mean)} ± ${points(c.accuracy.deviation)}`,
      c.ours ? '' : signedPoints(c.toOurs),
      c.activation,
      c.optimizer,
      `${c.rate}`,
      `${c.neurons}`,
      `${c.layers}`,
      `${c.batch}`,
      c.epochs.toFixed(0),
    ])
}

export const championTable = (champions: readonly Champion[]): string =>
  markdownTable(championHead, championRows(champions))

export const championPlainTable = (champions: readonly Champion[]): string =>
  plainTable(championHead, championRows(champions))

export const effectTable = (effects: readonly Effect[]): string =>
  markdownTable(
    ['', 'accuracy, %', 'good, %', 'epochs', 'configurations'],
    effects.map((e) => [
      `${e.factor === 'optimizer' ? 'optimiser' : e.factor}: ${e.level}`,
      points(e.accuracy),
      points(e.good),
      e.epochs.toFixed(0),
      `${e.configurations}`,
    ]),
  )
