// Grid search on raw wheat: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { gridWork } from './grid.ts'
import { gridReport } from './report.ts'
import { gridResults } from './results.ts'

export const gridExperiment = experiment({
  ...gridWork,
  template: new URL('page.md', import.meta.url),
  results: gridResults,
  report: gridReport,
})
