// Private synthetic tables: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { publishSynthesisWork } from './publishSynthesis.ts'
import { publishSynthesisReport } from './report.ts'
import { publishSynthesisResults } from './results.ts'

export const publishSynthesisExperiment = experiment({
  ...publishSynthesisWork,
  template: new URL('page.md', import.meta.url),
  results: publishSynthesisResults,
  report: publishSynthesisReport,
})
