// What `frostglass reproduce` says of this experiment before it loads it.
// Source: papers.ts.

import type { Declaration } from '../experiment.ts'
import { study } from '../papers.ts'

export const declaration: Declaration = {
  name: 'photographs',
  title: 'LightNet and DenseNet on photographs',
  paper: study,
  figures: { 12: 'photographs' },
  needs: { hours: 1, data: { folder: 'imagenette-224 and models' } },
  load: async () => (await import('./index.ts')).photographsExperiment,
}
