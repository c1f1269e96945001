// Pictures drawn of private networks: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { publishMixtureDrawn } from './drawn.ts'
import { publishMixtureWork } from './publishMixture.ts'
import { publishMixtureReport } from './report.ts'
import { publishMixtureResults } from './results.ts'

export const publishMixtureExperiment = experiment({
  ...publishMixtureWork,
  template: new URL('page.md', import.meta.url),
  results: publishMixtureResults,
  report: publishMixtureReport,
  drawn: publishMixtureDrawn,
})
