// The report of synthetic tables: two tables and a figure.
// Source: results.ts.

import type { Report, Settings } from '../experiment.ts'
import { plainTable } from '../textTables.ts'
import type { SynthesisResults } from './results.ts'
import { errorFigure, errorTable } from './tables.ts'

export function publishSynthesisReport(results: SynthesisResults, { quick }: Settings): Report {
  const { seeds, delta } = results
  return {
    figures: { synthesis: errorFigure(results) },
    page: { quick, seeds, delta, nine: errorTable(results, 'arx9'), fifteen: errorTable(results, 'full15') },
    summary: [errorTable(results, 'arx9', plainTable), errorTable(results, 'full15', plainTable)].join('\n'),
  }
}
