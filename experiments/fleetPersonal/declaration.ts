// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'
import { fleet } from '../papers.ts'

export const declaration: Declaration = {
  name: 'fleet-personal',
  title: 'a model for each',
  paper: fleet,
  figures: { personal: 'a model for each' },
  needs: { hours: 0.05, data: { folder: 'wisdm' } },
  load: async () => (await import('./index.ts')).fleetPersonalExperiment,
}
