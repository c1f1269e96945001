// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'
import { publish } from '../papers.ts'

export const declaration: Declaration = {
  name: 'arx',
  title: 'outcomes of ARX’s own tests',
  paper: publish,
  figures: { arx: 'the outcomes of ARX' },
  needs: { hours: 0.1, data: { folder: 'the folder of arx-adult' } },
  load: async () => (await import('./index.ts')).publishArxExperiment,
}
