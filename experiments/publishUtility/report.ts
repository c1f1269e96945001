// The report of use and risk: one figure on a common axis, and its numbers.
// Source: results.ts.

import type { Report, Settings } from '../experiment.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { atText, utilityFigure } from './figure.ts'
import type { UtilityResults } from './results.ts'

const percent = (share: number) => `${(100 * share).toFixed(1)}%`

function numbers({ rows }: UtilityResults, drawn: typeof markdownTable): string {
  return drawn(
    ['table', '', 'rows', 'AUC', 'of people inside', 'of strangers', 'risk', '95% interval'],
    rows.map((row) => [
      row.kind,
      atText(row),
      String(Math.round(row.rows)),
      row.auc.toFixed(3),
      percent(row.main),
      percent(row.control),
      percent(row.risk),
      `${percent(row.interval[0])} to ${percent(row.interval[1])}`,
    ]),
  )
}

export function publishUtilityReport(results: UtilityResults, { quick }: Settings): Report {
  const { attempts, suppression, delta, rows } = results
  return {
    figures: { utility: utilityFigure(results) },
    page: {
      quick,
      attempts,
      suppression: percent(suppression),
      delta,
      seeds: Math.max(...rows.map(({ seeds }) => seeds)),
      numbers: numbers(results, markdownTable),
    },
    summary: numbers(results, plainTable),
  }
}
