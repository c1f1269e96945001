// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'
import { fleet } from '../papers.ts'

export const declaration: Declaration = {
  name: 'fleet-poisoning',
  title: 'a participant who attacks',
  paper: fleet,
  figures: { poisoning: 'backdoors, boosting, a GAN' },
  needs: { hours: 0.7 },
  load: async () => (await import('./index.ts')).fleetPoisoningExperiment,
}
