// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'

export const declaration: Declaration = {
  name: 'cryptonets',
  title: 'encrypted digits, answered',
  paper: { name: 'cryptonets', title: 'encrypted digits, answered' },
  figures: {},
  needs: { hours: 0.1, data: { folder: 'MNIST', else: 'fetched' } },
  load: async () => (await import('./index.ts')).cryptoNetsExperiment,
}
