// ObfNet-MLP and ObfNet-CNN by bottleneck: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { bottlenecksWork } from './bottlenecks.ts'
import { bottlenecksReport } from './report.ts'
import { bottlenecksResults } from './results.ts'

export const bottlenecksExperiment = experiment({
  ...bottlenecksWork,
  template: new URL('page.md', import.meta.url),
  results: bottlenecksResults,
  report: bottlenecksReport,
})
