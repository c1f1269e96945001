// The report of ARX's outcomes: how many agree, and every one of them.
// Source: results.ts.

import type { Report, Settings } from '../experiment.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { reasonOf } from './reasons.ts'
import type { ArxResults } from './results.ts'
import { counts, line } from './tables.ts'

export function publishArxReport(results: ArxResults, { quick }: Settings): Report {
  const { rows } = results
  const apart = rows.filter(({ verdict }) => verdict !== 'same' && verdict !== 'neither')
  return {
    figures: {},
    page: {
      quick,
      outcomes: rows.length,
      counts: counts(results, markdownTable),
      apart: markdownTable(
        ['outcome', 'verdict', 'why'],
        apart.map((row) => [row.id, row.verdict, reasonOf(row)]),
      ),
      all: markdownTable(['outcome', 'ARX', 'ours', 'nodes looked at', 'verdict'], rows.map(line)),
    },
    summary: counts(results, plainTable),
  }
}
