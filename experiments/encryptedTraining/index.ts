// Logistic regression under CKKS: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { encryptedTrainingWork } from './encryptedTraining.ts'
import { encryptedTrainingReport } from './report.ts'
import { encryptedTrainingResults } from './results.ts'

export const encryptedTrainingExperiment = experiment({
  ...encryptedTrainingWork,
  template: new URL('page.md', import.meta.url),
  results: encryptedTrainingResults,
  report: encryptedTrainingReport,
})
