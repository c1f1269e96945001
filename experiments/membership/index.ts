// Who was in the training data: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { membershipWork } from './membership.ts'
import { membershipReport } from './report.ts'
import { membershipResults } from './results.ts'

export const membershipExperiment = experiment({
  ...membershipWork,
  template: new URL('page.md', import.meta.url),
  results: membershipResults,
  report: membershipReport,
})
