// The report of liars: what each aggregator keeps under each lie.
// Source: Yin et al. 2018; Blanchard et al. 2017; Sun et al. 2019.

import { percent } from '../../src/statistics/figures.ts'
import type { Report, Settings } from '../experiment.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { liarsFigure, lieNames } from './figures.ts'
import { type Lie, lies } from './fleetRobust.ts'
import type { RobustResults } from './results.ts'

const table = ({ rows, liars }: RobustResults, lie: Lie, drawn = markdownTable) =>
  drawn(
    ['aggregator', 'no liars', ...liars.map((count) => `${count} liars`)],
    rows.map(({ aggregator, honest, under }) => [
      aggregator,
      percent(honest.value),
      ...liars.map((count) =>
        percent(under.find((one) => one.lie === lie && one.liars === count)!.accuracy.value),
      ),
    ]),
  )

export function fleetRobustReport(results: RobustResults, { quick }: Settings): Report {
  const { nodes, images, provided, rounds, rows } = results
  return {
    figures: { 'fleet-robust': liarsFigure(results) },
    page: {
      quick,
      nodes,
      images: images.toLocaleString('en'),
      tested: rows[0]!.honest.of.toLocaleString('en'),
      provided,
      rounds,
      each: lies.map((lie) => ({ lie: lieNames[lie], table: table(results, lie) })),
    },
    summary: lies.map((lie) => `${lieNames[lie]}\n${table(results, lie, plainTable)}`).join('\n'),
  }
}
