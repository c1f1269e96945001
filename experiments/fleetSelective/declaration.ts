// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'
import { fleet } from '../papers.ts'

export const declaration: Declaration = {
  name: 'fleet-selective',
  title: 'how much is shared',
  paper: fleet,
  figures: { selective: 'how much is shared' },
  needs: { hours: 0.1, data: { folder: 'MNIST', else: 'fetched' } },
  load: async () => (await import('./index.ts')).fleetSelectiveExperiment,
}
