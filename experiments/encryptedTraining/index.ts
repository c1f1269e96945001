// Logistic regression under CKKS: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { encryptedTrainingWork } from './encryptedTraining.ts'
import { encryptedTrainingReport } from './report.ts'

export const encryptedTrainingExperiment = experimentSoFar({
  ...encryptedTrainingWork,
  report: encryptedTrainingReport,
})
