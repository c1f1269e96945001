// What `frostglass reproduce` says of this experiment before it loads it.
// Source: papers.ts.

import type { Declaration } from '../experiment.ts'
import { encryptedSentiment } from '../papers.ts'

export const declaration: Declaration = {
  name: 'encrypted-training',
  title: 'logistic regression under CKKS',
  paper: encryptedSentiment,
  figures: { ckks: 'the same use of a sound scheme' },
  needs: { hours: 0.1, data: { folder: 'the reviews of IMDB', else: 'patients alone' } },
  load: async () => (await import('./index.ts')).encryptedTrainingExperiment,
}
