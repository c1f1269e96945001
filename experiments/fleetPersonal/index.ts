// A model for each: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'

import { fleetPersonalWork } from './fleetPersonal.ts'
import { fleetPersonalReport } from './report.ts'
import { fleetPersonalResults } from './results.ts'

export const fleetPersonalExperiment = experiment({
  ...fleetPersonalWork,
  template: new URL('page.md', import.meta.url),
  results: fleetPersonalResults,
  report: fleetPersonalReport,
})
