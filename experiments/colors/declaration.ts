// What `frostglass reproduce` says of this experiment before it loads it.
// Source: papers.ts.

import type { Declaration } from '../experiment.ts'
import { study } from '../papers.ts'

export const declaration: Declaration = {
  name: 'colors',
  title: 'what ObfNet gives away of coloured digits',
  paper: study,
  figures: {
    7: 'samples',
    8: 'RecNet, MLP',
    9: 'RecNet, CNN',
    10: 'colours told',
    11: 'maps',
  },
  needs: { hours: 2, data: { folder: 'MNIST', else: 'fetched' } },
  load: async () => (await import('./index.ts')).colorsExperiment,
}
