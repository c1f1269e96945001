// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'

export const declaration: Declaration = {
  name: 'queries',
  title: 'private queries over Adult',
  paper: { name: 'queries', title: 'private queries over Adult' },
  figures: {},
  needs: { hours: 0.1, data: { folder: 'adult.data', else: 'its 2,000 embedded rows' } },
  load: async () => (await import('./index.ts')).queriesExperiment,
}
