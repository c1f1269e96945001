// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'

export const declaration: Declaration = {
  name: 'pate',
  title: 'PATE: teachers, votes, students',
  paper: { name: 'pate', title: 'students of teachers that share no image' },
  figures: {},
  needs: { hours: 0.6, data: { folder: 'MNIST', else: 'fetched' } },
  load: async () => (await import('./index.ts')).pateExperiment,
}
