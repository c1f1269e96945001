// What `frostglass reproduce` says of this experiment before it loads it.
// Source: papers.ts.

import type { Declaration } from '../experiment.ts'
import { spg } from '../papers.ts'

export const declaration: Declaration = {
  name: 'grid',
  title: 'grid search on raw wheat',
  paper: spg,
  figures: { grid: 'grid search' },
  apart: true,
  needs: { hours: 0.3 },
  load: async () => (await import('./index.ts')).gridExperiment,
}
