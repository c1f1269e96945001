// The outcomes of ARX's own tests: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { publishArxReport } from './report.ts'
import { publishArxResults } from './results.ts'
import { publishArxWork } from './work.ts'

export const publishArxExperiment = experiment({
  ...publishArxWork,
  template: new URL('page.md', import.meta.url),
  results: publishArxResults,
  report: publishArxReport,
})
