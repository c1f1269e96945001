// PATE: teachers, votes, students: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { pateWork } from './pate.ts'
import { pateReport } from './report.ts'
import { pateResults } from './results.ts'

export const pateExperiment = experiment({
  ...pateWork,
  template: new URL('page.md', import.meta.url),
  results: pateResults,
  report: pateReport,
})
