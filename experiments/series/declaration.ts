// What `frostglass reproduce` says of this experiment before it loads it.
// Source: papers.ts.

import type { Declaration } from '../experiment.ts'
import { spg } from '../papers.ts'

export const declaration: Declaration = {
  name: 'series',
  title: 'car sales from protected months',
  paper: spg,
  figures: { 12: 'time series' },
  needs: { hours: 0.2 },
  load: async () => (await import('./index.ts')).seriesExperiment,
}
