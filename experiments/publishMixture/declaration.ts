// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'
import { publish } from '../papers.ts'

export const declaration: Declaration = {
  name: 'mixture',
  title: 'pictures drawn of private networks, one for all and one a cluster',
  paper: publish,
  figures: { mixture: 'synthetic digits' },
  needs: { hours: 0.3, data: { folder: 'MNIST', else: 'fetched' } },
  load: async () => (await import('./index.ts')).publishMixtureExperiment,
}
