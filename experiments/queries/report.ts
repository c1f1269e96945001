// The report of private queries: the session answer by answer, how often bars held, means beside naive ones.
// Source: queries.ts.

import type { Report, Settings } from '../experiment.ts'
import { plainTable } from '../textTables.ts'
import { barsFigure, meansFigure } from './figures.ts'
import { sessionPrice } from './queries.ts'
import type { QueriesResults } from './results.ts'
import { answerTable, barTable, figure, holds, meanTable } from './tables.ts'

export function queriesReport(results: QueriesResults, { quick, data }: Settings): Report {
  const { rows, runs, session, refusal, bars, means } = results
  const shown = session.flatMap(({ groups }) => groups.flatMap((group) => group.answers))
  const held = shown.filter(holds).length
  return {
    figures: { bars: barsFigure(bars, runs), means: meansFigure(means) },
    page: {
      ...sessionPrice,
      people: rows.toLocaleString('en'),
      quick,
      embedded: data === undefined,
      runs: runs.toLocaleString('en'),
      bars: barTable(bars),
      means: meanTable(means),
      session: session.map((answer, i) => ({
        place: i + 1,
        sql: answer.sql,
        table: answerTable(answer),
        untold: answer.untold > 0 ? [{ groups: answer.untold }] : [],
        left: figure(answer.left),
      })),
      refusal,
      held,
      shown: shown.length,
    },
    summary: `${barTable(bars, plainTable)}
${meanTable(means, plainTable)}
session: ${held} of ${shown.length} bars held; then refused: ${refusal}`,
  }
}
