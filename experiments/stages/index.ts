// Stages and activations: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { stagesReport } from './report.ts'
import { stagesResults } from './results.ts'
import { stagesWork } from './stages.ts'

export const stagesExperiment = experiment({
  ...stagesWork,
  template: new URL('page.md', import.meta.url),
  results: stagesResults,
  report: stagesReport,
})
