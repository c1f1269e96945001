// What `frostglass reproduce` says of this experiment before it loads it.
// Source: papers.ts.

import type { Declaration } from '../experiment.ts'
import { spg } from '../papers.ts'

export const declaration: Declaration = {
  name: 'classification',
  title: 'classification behind frozen layers',
  paper: spg,
  figures: { 11: 'accuracy', 13: 'epochs', 14: 'time' },
  needs: { hours: 0.1 },
  load: async () => (await import('./index.ts')).classificationExperiment,
}
