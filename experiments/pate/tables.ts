// The table on the page of PATE.
// Source: results.ts.

import { shareText } from '../shares.ts'
import { markdownTable } from '../textTables.ts'
import type { Accuracies, QueriesRow } from './results.ts'

const head = [
  'asked',
  'answered',
  'answers right',
  'ε, any votes',
  'ε, these votes',
  'ε, exact',
  'ε, published',
  'plain student',
  'with consistency',
]

export const accountTable = (
  rows: readonly QueriesRow[],
  drawn: typeof markdownTable = markdownTable,
): string =>
  drawn(
    head,
    rows.map((row) => [
      String(row.queries),
      row.answered.toFixed(0),
      shareText(row.answersRight),
      row.independent.toFixed(2),
      row.dependent.toFixed(2),
      row.exact.toFixed(2),
      row.epsilonPublished.toFixed(2),
      spread(row.plain),
      spread(row.consistent),
    ]),
  )

const spread = ({ mean, least, most }: Accuracies): string =>
  `${(100 * mean).toFixed(2)}% (${(100 * least).toFixed(1)}–${(100 * most).toFixed(1)})`
