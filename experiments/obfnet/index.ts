// ObfNet before LeNet: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { samplesSheet } from './figures.ts'
import { obfnetWork } from './obfnet.ts'
import { obfnetReport } from './report.ts'
import { obfnetResults } from './results.ts'

export const obfnetExperiment = experiment({
  ...obfnetWork,
  template: new URL('page.md', import.meta.url),
  results: obfnetResults,
  report: obfnetReport,
  drawn: samplesSheet,
})
