// Selective SGD: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'

import { fleetSelectiveWork } from './fleetSelective.ts'
import { fleetSelectiveReport } from './report.ts'
import { fleetSelectiveResults } from './results.ts'

export const fleetSelectiveExperiment = experiment({
  ...fleetSelectiveWork,
  template: new URL('page.md', import.meta.url),
  results: fleetSelectiveResults,
  report: fleetSelectiveReport,
})
