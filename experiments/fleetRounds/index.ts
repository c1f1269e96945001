// Accuracy by rounds: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'

import { fleetRoundsWork } from './fleetRounds.ts'
import { fleetRoundsReport } from './report.ts'
import { fleetRoundsResults } from './results.ts'

export const fleetRoundsExperiment = experiment({
  ...fleetRoundsWork,
  template: new URL('page.md', import.meta.url),
  results: fleetRoundsResults,
  report: fleetRoundsReport,
})
