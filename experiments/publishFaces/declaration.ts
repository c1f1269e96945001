// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'
import { publish } from '../papers.ts'

export const declaration: Declaration = {
  name: 'faces',
  title: 'who is recognised on averaged faces, and on pixelated and blurred ones',
  paper: publish,
  figures: { faces: 'recognition by k' },
  needs: { hours: 0.3, data: { folder: 'orl-faces' } },
  load: async () => (await import('./index.ts')).publishFacesExperiment,
}
