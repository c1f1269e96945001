// Code panes with a certificate: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { certifiedWork } from './certified.ts'
import { certifiedReport } from './report.ts'
import { certifiedResults } from './results.ts'

export const certifiedExperiment = experiment({
  ...certifiedWork,
  template: new URL('page.md', import.meta.url),
  results: certifiedResults,
  report: certifiedReport,
})
