// What ObfNet gives away of coloured digits: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { colorsWork } from './colors.ts'
import { colorsReport } from './report.ts'
import { colorsResults } from './results.ts'
import { colorsDrawn } from './sheets.ts'

export const colorsExperiment = experiment({
  ...colorsWork,
  template: new URL('page.md', import.meta.url),
  results: colorsResults,
  report: colorsReport,
  drawn: colorsDrawn,
})
