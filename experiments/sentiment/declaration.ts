// What `frostglass reproduce` says of this experiment before it loads it.
// Source: papers.ts.

import type { Declaration } from '../experiment.ts'
import { encryptedSentiment } from '../papers.ts'

export const declaration: Declaration = {
  name: 'encrypted-sentiment',
  title: 'an encrypted network learns sentiment',
  paper: encryptedSentiment,
  figures: { paper: 'its scheme, and how it breaks' },
  needs: { hours: 0.1, data: { folder: 'the reviews of IMDB' } },
  load: async () => (await import('./index.ts')).sentimentExperiment,
}
