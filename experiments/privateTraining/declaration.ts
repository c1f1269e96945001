// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'

export const declaration: Declaration = {
  name: 'private-training',
  title: 'private training',
  paper: { name: 'private-training', title: 'accuracy of digits and garments at ε' },
  figures: {},
  needs: { hours: 2, data: { folder: 'MNIST', else: 'fetched' } },
  load: async () => (await import('./index.ts')).privateTrainingExperiment,
}
