// What `frostglass reproduce` says of this experiment before it loads it.
// Source: papers.ts.

import type { Declaration } from '../experiment.ts'
import { spg } from '../papers.ts'

export const declaration: Declaration = {
  name: 'attacks',
  title: 'attacks on keyed protections',
  paper: spg,
  figures: { attacks: 'what breaks them' },
  apart: true,
  needs: { hours: 0.8 },
  load: async () => (await import('./index.ts')).attacksExperiment,
}
