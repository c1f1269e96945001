// The report of certified panes: what was to be reached, what there was before, and every dial.
// Source: results.ts, tables.ts, figures.ts.

import type { Report, Settings } from '../experiment.ts'
import { imagesText } from '../images/settings.ts'
import { plainTable } from '../textTables.ts'
import { coverageDelta } from './coverage.ts'
import { channelFigure, leakFigure, mergingFigure } from './figures.ts'
import { delta } from './measure.ts'
import type { CertifiedResults } from './results.ts'
import {
  bundleTable,
  channelTable,
  coverageTable,
  lambdaTable,
  leakTable,
  mergingTable,
  targetTable,
  votedTable,
} from './tables.ts'
import { percentSpread } from './targets.ts'

export function certifiedReport(results: CertifiedResults, { quick, ...settings }: Settings): Report {
  const { seeds, erased, dependent, people, coverage, training, voted, dense } = results
  const targets = targetTable(results, !quick, plainTable)
  const coloured = dense.find(({ source }) => source === 'colour')
  return {
    figures: {
      'certified-leaks': leakFigure(results),
      'certified-merging': mergingFigure(results),
      'certified-channels': channelFigure(results),
    },
    page: {
      quick,
      images: imagesText({ quick, ...settings }),
      seeds: `${seeds} seed${seeds === 1 ? '' : 's'}`,
      delta,
      targets: targetTable(results, !quick),
      missing: ['adult-sex-bal', 'wisdm-user'].some((name) => !(name in training)),
      leaks: leakTable(results),
      erased: erased
        ? [
            {
              right: percentSpread(erased.plain),
              linear: percentSpread(erased.linear),
              mlp: percentSpread(erased.mlp),
              learned: coloured ? percentSpread(coloured.mlp) : '',
            },
          ]
        : [],
      lambdas: lambdaTable(results),
      merging: mergingTable(results),
      channels: channelTable(results),
      sessions:
        dependent && voted.length > 0
          ? [
              {
                voted: votedTable(results),
                bundled: bundleTable(results),
                units: dependent.units,
                estimate: percentSpread(dependent.estimate),
                upper: percentSpread(dependent.upper),
              },
            ]
          : [],
      people: people ? [{ people: people.people, words: people.verdict.words }] : [],
      'coverage-delta': 100 * coverageDelta,
      draws: coverage[0]!.draws.toLocaleString('en'),
      laws: coverageTable(results, 'laws'),
      mistakes: coverageTable(results, 'mistakes'),
      seconds: Object.entries(training)
        .map(([source, seconds]) => `${source} ${seconds.toFixed(0)}`)
        .join(', '),
    },
    summary: targets,
  }
}
