// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'
import { publish } from '../papers.ts'

export const declaration: Declaration = {
  name: 'utility',
  title: 'what published and synthetic tables are good for, by what they give away',
  paper: publish,
  figures: { utility: 'use by risk' },
  needs: { hours: 0.2, data: { folder: 'arx-adult and synthesis' } },
  load: async () => (await import('./index.ts')).publishUtilityExperiment,
}
