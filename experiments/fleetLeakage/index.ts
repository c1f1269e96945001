// What updates give away: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { fleetLeakageDrawn } from './drawn.ts'
import { fleetLeakageWork } from './fleetLeakage.ts'
import { fleetLeakageReport } from './report.ts'
import { fleetLeakageResults } from './results.ts'

export const fleetLeakageExperiment = experiment({
  ...fleetLeakageWork,
  template: new URL('page.md', import.meta.url),
  results: fleetLeakageResults,
  report: fleetLeakageReport,
  drawn: fleetLeakageDrawn,
})
