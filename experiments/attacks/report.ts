// The report of the sweep of attacks: figures, tables, and the paper's claim beside them.
// Source: means.ts.

import type { Report } from '../experiment.ts'
import { layersFigure, leakFigure } from './figures.ts'
import * as tables from './pageTables.ts'
import { type AttacksResults, meansIn } from './results.ts'

export function attacksReport(results: AttacksResults): Report {
  const means = meansIn(results)
  const counts = means.map((m) => m.known)
  const known = counts.includes(20) ? 20 : Math.max(...counts)
  const { settings, held, behind } = tables.learnedAgainstLines(means)
  return {
    figures: { 'attacks-layers': layersFigure(means, known), 'attacks-leak': leakFigure(means) },
    page: {
      known,
      exact: tables.exactTable(means),
      best: tables.bestTable(means, known),
      half: tables.halfTable(means),
      anchor: tables.anchorTable(means, known),
      settings,
      'settings-held': held,
      even: tables.even,
      behind,
      tables: tables.blindTables(means, known),
      linear: tables.linearTable(means, known),
    },
    summary: `Share of unseen cells within 5% of range, from ${known} known rows:\n${tables.bestPlainTable(means, known)}`,
  }
}
