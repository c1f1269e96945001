// Encrypted digits, answered: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { cryptoNetsWork } from './cryptonets.ts'
import { cryptoNetsReport } from './report.ts'
import { cryptoNetsResults } from './results.ts'

export const cryptoNetsExperiment = experiment({
  ...cryptoNetsWork,
  template: new URL('page.md', import.meta.url),
  results: cryptoNetsResults,
  report: cryptoNetsReport,
})
