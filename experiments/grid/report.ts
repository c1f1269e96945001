// The report of the grid search: the best configurations, ours among them, and what each choice is worth.
// Source: SPG section 5.1 says what was varied; which configuration won there is not known here.

import { intervalNote } from '../estimates.ts'
import type { Report } from '../experiment.ts'
import { points } from '../textTables.ts'
import { gridFigure } from './figures.ts'
import { epochLimits, ownChoice } from './grid.ts'
import { type GridResults, goodEnough } from './results.ts'
import { championPlainTable, championTable, effectTable } from './tables.ts'

export function gridReport(results: GridResults): Report {
  const { champions, effects, freshSeeds, cells } = results
  const ours = champions.find((c) => c.ours)!
  const above = champions.filter((c) => c.rank < ours.rank)
  const clearly = above.filter((c) => c.toOurs.interval[0] > 0).length
  const configurations = results.configurations.toLocaleString('en')
  const trainings = results.trainings.toLocaleString('en')
  return {
    figures: { grid: gridFigure(cells) },
    page: {
      configurations,
      trainings,
      blocks: champions.length - 1,
      'fresh-seeds': freshSeeds,
      'epoch-limits': Object.entries(epochLimits)
        .map(([batch, epochs]) => `${epochs} epochs (batch ${batch})`)
        .join(', '),
      champions: championTable(champions),
      'our-activation': ownChoice.activation,
      'our-optimizer': ownChoice.optimizer,
      'our-rate': ownChoice.rate,
      'our-neurons': ownChoice.neurons,
      'our-layers': ownChoice.layers,
      'our-batch': ownChoice.batch,
      'our-rank': ours.rank,
      'our-deviation': points(ours.accuracy.deviation),
      places: champions.length,
      above: above.length > 0 ? [{ count: above.length, clearly, one: clearly === 1 }] : [],
      'interval-note': intervalNote(freshSeeds),
      'good-enough': points(goodEnough),
      effects: effectTable(effects),
    },
    summary: `Grid search on raw wheat: ${configurations} configurations, ${trainings} trainings\n${championPlainTable(champions)}`,
  }
}
