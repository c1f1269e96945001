// What `frostglass reproduce` says of this experiment before it loads it.
// Source: papers.ts.

import type { Declaration } from '../experiment.ts'
import { spg } from '../papers.ts'

export const declaration: Declaration = {
  name: 'stages',
  title: 'stages and activations',
  paper: spg,
  figures: { stages: 'what each stage does' },
  apart: true,
  needs: { hours: 0.1 },
  load: async () => (await import('./index.ts')).stagesExperiment,
}
