// What `frostglass reproduce` says of this experiment before it loads it.
// Source: the experiment.

import type { Declaration } from '../experiment.ts'

export const declaration: Declaration = {
  name: 'certified',
  title: 'code panes with a certificate',
  paper: { name: 'certified', title: 'panes that release few codes, and limits on every attacker' },
  figures: {},
  needs: {
    hours: 1,
    data: { folder: 'mnist, adult, wisdm, hmp', else: 'MNIST, fetched, alone' },
  },
  load: async () => (await import('./index.ts')).certifiedExperiment,
}
