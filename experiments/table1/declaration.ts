// What `frostglass reproduce` says of this experiment before it loads it.
// Source: papers.ts.

import type { Declaration } from '../experiment.ts'
import { study } from '../papers.ts'

export const declaration: Declaration = {
  name: 'table-1',
  title: 'parameters, operations and bytes',
  paper: study,
  figures: { table1: 'parameters and operations' },
  needs: { hours: 0 },
  load: async () => (await import('./index.ts')).table1Experiment,
}
