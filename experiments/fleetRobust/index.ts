// Liars in a fleet: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'

import { fleetRobustWork } from './fleetRobust.ts'
import { fleetRobustReport } from './report.ts'
import { fleetRobustResults } from './results.ts'

export const fleetRobustExperiment = experiment({
  ...fleetRobustWork,
  template: new URL('page.md', import.meta.url),
  results: fleetRobustResults,
  report: fleetRobustReport,
})
