// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'
import { fleet } from '../papers.ts'

export const declaration: Declaration = {
  name: 'fleet-robust',
  title: 'liars in a fleet',
  paper: fleet,
  figures: { robust: 'aggregators under liars' },
  needs: { hours: 0.1, data: { folder: 'MNIST', else: 'fetched' } },
  load: async () => (await import('./index.ts')).fleetRobustExperiment,
}
