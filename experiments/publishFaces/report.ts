// The report of recognised faces: two figures and their numbers.
// Source: results.ts.

import type { Report, Settings } from '../experiment.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { albumFigure, recognitionFigure } from './figure.ts'
import type { FacesResults } from './results.ts'
import { kept, recognised, several } from './tables.ts'

export function publishFacesReport(results: FacesResults, { quick }: Settings): Report {
  const trials = String(results.people * results.sessions)
  return {
    figures: { faces: recognitionFigure(results), 'faces-albums': albumFigure(results) },
    page: {
      quick,
      trials,
      recognised: recognised(results, markdownTable),
      kept: kept(results),
      several: several(results),
    },
    summary: recognised(results, plainTable),
  }
}
