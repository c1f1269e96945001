// Recognition of published faces: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { publishFacesWork } from './publishFaces.ts'
import { publishFacesReport } from './report.ts'
import { publishFacesResults } from './results.ts'

export const publishFacesExperiment = experiment({
  ...publishFacesWork,
  template: new URL('page.md', import.meta.url),
  results: publishFacesResults,
  report: publishFacesReport,
})
