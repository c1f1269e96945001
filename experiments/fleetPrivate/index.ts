// Privacy of users: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'

import { fleetPrivateWork } from './fleetPrivate.ts'
import { fleetPrivateReport } from './report.ts'
import { fleetPrivateResults } from './results.ts'

export const fleetPrivateExperiment = experiment({
  ...fleetPrivateWork,
  template: new URL('page.md', import.meta.url),
  results: fleetPrivateResults,
  report: fleetPrivateReport,
})
