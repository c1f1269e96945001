// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'
import { fleet } from '../papers.ts'

export const declaration: Declaration = {
  name: 'fleet-rounds',
  title: 'accuracy by rounds',
  paper: fleet,
  figures: { rounds: 'five algorithms' },
  needs: { hours: 0.5, data: { folder: 'MNIST', else: 'fetched' } },
  load: async () => (await import('./index.ts')).fleetRoundsExperiment,
}
