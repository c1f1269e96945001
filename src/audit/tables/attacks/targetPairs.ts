// A hidden number by known rows: two of them are the line that hides it.
// Source: known-input attack on an affine map; against stage 2 of SPG (a slope and an offset).
// Known rows whose numbers are all alike tell nothing.

import { labelAttack } from '../labelAttack.ts'
import { fitLeastSquares } from '../ridge.ts'

/** Leak: a line through the known rows' numbers. */
export const targetPairs = labelAttack({
  name: 'target-pairs',
  title: 'Hidden number by known rows',
  standpoint: 'leak',
  reads: ['target'],
  holds: ['pairs'],
  needs: 'known rows with their number to be predicted and their protected forms',
  source: 'an affine map and its known inputs; against stage 2 of SPG',
  fewest: 2,
  label: 'target',
  guess: ({ target }) => ({
    labels: fitLeastSquares([target!.known.released], [target!.known.original]).predict([target!.unseen])[0]!,
  }),
})
