// Private training: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { privateTrainingWork } from './privateTraining.ts'
import { privateTrainingReport } from './report.ts'
import { privateTrainingResults } from './results.ts'

export const privateTrainingExperiment = experiment({
  ...privateTrainingWork,
  template: new URL('page.md', import.meta.url),
  results: privateTrainingResults,
  report: privateTrainingReport,
})
