// Attacks on keyed protections: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { attacksWork } from './attacks.ts'
import { attacksReport } from './report.ts'
import { attacksResults } from './results.ts'

export const attacksExperiment = experiment({
  ...attacksWork,
  template: new URL('page.md', import.meta.url),
  results: attacksResults,
  report: attacksReport,
})
