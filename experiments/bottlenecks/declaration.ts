// What `frostglass reproduce` says of this experiment before it loads it.
// Source: papers.ts.

import type { Declaration } from '../experiment.ts'
import { obfnet } from '../papers.ts'

export const declaration: Declaration = {
  name: 'bottlenecks',
  title: 'ObfNet-MLP and ObfNet-CNN by bottleneck',
  paper: obfnet,
  figures: { bottlenecks: 'accuracy by bottleneck' },
  needs: { hours: 2, data: { folder: 'MNIST', else: 'fetched' } },
  load: async () => (await import('./index.ts')).bottlenecksExperiment,
}
