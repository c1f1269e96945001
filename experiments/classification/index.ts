// Classification behind frozen layers: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { classificationWork } from './classification.ts'
import { classificationReport } from './report.ts'

export const classificationExperiment = experimentSoFar({
  ...classificationWork,
  report: classificationReport,
})
