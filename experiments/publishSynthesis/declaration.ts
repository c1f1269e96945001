// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'
import { publish } from '../papers.ts'

export const declaration: Declaration = {
  name: 'synthesis',
  title: 'private synthetic tables of Adult',
  paper: publish,
  figures: { synthesis: 'errors of synthetic tables' },
  needs: { hours: 0.1, data: { folder: 'arx-adult, adult and synthesis' } },
  load: async () => (await import('./index.ts')).publishSynthesisExperiment,
}
