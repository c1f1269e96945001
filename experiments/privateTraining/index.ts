// Private training: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { privateTrainingWork } from './privateTraining.ts'
import { privateTrainingReport } from './report.ts'

export const privateTrainingExperiment = experimentSoFar({
  ...privateTrainingWork,
  report: privateTrainingReport,
})
