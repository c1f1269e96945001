// Private queries over Adult: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { queriesWork } from './queries.ts'
import { queriesReport } from './report.ts'
import { queriesResults } from './results.ts'

export const queriesExperiment = experiment({
  ...queriesWork,
  template: new URL('page.md', import.meta.url),
  results: queriesResults,
  report: queriesReport,
})
