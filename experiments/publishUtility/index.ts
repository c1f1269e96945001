// Use and risk of published tables: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { publishUtilityWork } from './publishUtility.ts'
import { publishUtilityReport } from './report.ts'
import { publishUtilityResults } from './results.ts'

export const publishUtilityExperiment = experiment({
  ...publishUtilityWork,
  template: new URL('page.md', import.meta.url),
  results: publishUtilityResults,
  report: publishUtilityReport,
})
