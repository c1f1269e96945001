// The report of the curves: what each algorithm reached, and whether in time.
// Source: McMahan et al. 2017, table 2 (non-IID MNIST: their CNN took 350 rounds to 99%); the mark is this project's own.

import { percent } from '../../src/statistics/figures.ts'
import type { Report, Settings } from '../experiment.ts'
import { accuracyFigure } from '../fleet/accuracyFigure.ts'
import { shareText } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import type { RoundsResults, RoundsRow } from './results.ts'

const table = (rows: readonly RoundsRow[], mark: number, drawn = markdownTable) =>
  drawn(
    ['algorithm', 'after the last round', 'best round', `${percent(mark, 0)} first in round`, 'seconds'],
    rows.map(({ algorithm, last, best, reached, seconds }) => [
      algorithm,
      shareText(last),
      percent(best, 2),
      reached === null ? 'not reached' : `${reached}`,
      seconds.toFixed(0),
    ]),
  )

export function fleetRoundsReport(results: RoundsResults, { quick }: Settings): Report {
  const { mark, rows, nodes, count, rounds, epochs, batch, rate, parameters } = results
  const average = rows.find(({ algorithm }) => algorithm === 'FedAvg')!
  return {
    figures: {
      'fleet-rounds': accuracyFigure(
        rows.map(({ algorithm, accuracies }) => ({ name: algorithm, accuracies })),
        {
          title: 'Nodes of two digits each',
          subtitle: `${count} of ${nodes} nodes a round; dashed: ${percent(mark, 0)}`,
          mark,
        },
      ),
    },
    page: {
      quick,
      nodes,
      count,
      rounds,
      epochs,
      batch,
      rate,
      parameters: parameters.toLocaleString('en'),
      table: table(rows, mark),
      mark: percent(mark, 0),
      best: percent(average.best, 2),
      reached: average.reached === null ? [] : [{ round: average.reached }],
    },
    summary: table(rows, mark, plainTable),
  }
}
