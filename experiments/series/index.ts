// Car sales from protected months: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { seriesReport } from './report.ts'
import { seriesResults } from './results.ts'
import { seriesWork } from './series.ts'

export const seriesExperiment = experiment({
  ...seriesWork,
  template: new URL('page.md', import.meta.url),
  results: seriesResults,
  report: seriesReport,
})
