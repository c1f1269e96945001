// LightNet and DenseNet on photographs: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { photographsDrawn } from './figures.ts'
import { photographsWork } from './photographs.ts'
import { photographsReport } from './report.ts'
import { photographsResults } from './results.ts'

export const photographsExperiment = experiment({
  ...photographsWork,
  template: new URL('page.md', import.meta.url),
  results: photographsResults,
  report: photographsReport,
  drawn: photographsDrawn,
})
