// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'
import { fleet } from '../papers.ts'

export const declaration: Declaration = {
  name: 'fleet-leakage',
  title: 'what an update gives away',
  paper: fleet,
  figures: { leakage: 'what an update gives away' },
  needs: { hours: 0.2, data: { folder: 'MNIST', else: 'fetched' } },
  load: async () => (await import('./index.ts')).fleetLeakageExperiment,
}
