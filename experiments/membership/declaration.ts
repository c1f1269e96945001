// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'

export const declaration: Declaration = {
  name: 'membership',
  title: 'who was in the training data',
  paper: { name: 'membership', title: 'who was in the training data, and claims of ε held to account' },
  figures: {},
  needs: { hours: 0.2, data: { folder: 'MNIST', else: 'fetched' } },
  load: async () => (await import('./index.ts')).membershipExperiment,
}
