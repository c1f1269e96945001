// A participant who attacks: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { fleetPoisoningDrawn } from './drawn.ts'
import { fleetPoisoningWork } from './fleetPoisoning.ts'
import { fleetPoisoningReport } from './report.ts'
import { fleetPoisoningResults } from './results.ts'

export const fleetPoisoningExperiment = experiment({
  ...fleetPoisoningWork,
  template: new URL('page.md', import.meta.url),
  results: fleetPoisoningResults,
  report: fleetPoisoningReport,
  drawn: fleetPoisoningDrawn,
})
