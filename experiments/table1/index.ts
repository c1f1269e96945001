// Table 1 of the study: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { table1Report } from './report.ts'
import { table1Work } from './table1.ts'

export const table1Experiment = experiment({
  ...table1Work,
  template: new URL('page.md', import.meta.url),
  results: (_, counted) => ({ counted }),
  report: table1Report,
})
