// What `frostglass reproduce` says of this experiment before it loads it.
// Source: papers.ts.

import type { Declaration } from '../experiment.ts'
import { obfnet } from '../papers.ts'

export const declaration: Declaration = {
  name: 'obfnet',
  title: 'ObfNet before LeNet',
  paper: obfnet,
  figures: { 3: 'samples', 4: 'accuracy' },
  needs: { hours: 0.5, data: { folder: 'MNIST', else: 'fetched' } },
  load: async () => (await import('./index.ts')).obfnetExperiment,
}
