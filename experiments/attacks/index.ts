// Attacks on keyed protections: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { attacksWork } from './attacks.ts'
import { meansOf } from './means.ts'
import { attacksReport } from './report.ts'

export const attacksExperiment = experiment({
  ...attacksWork,
  template: new URL('page.md', import.meta.url),
  results: (tasks, answers) => ({ means: meansOf(tasks, answers) }),
  report: attacksReport,
})
