// An encrypted network learns sentiment: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { sentimentReport } from './report.ts'
import { sentimentResults } from './results.ts'
import { sentimentWork } from './sentiment.ts'

export const sentimentExperiment = experiment({
  ...sentimentWork,
  template: new URL('page.md', import.meta.url),
  results: sentimentResults,
  report: sentimentReport,
})
