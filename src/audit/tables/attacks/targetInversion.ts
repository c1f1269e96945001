// Inversion by a hidden number: people on a list are linked by it, and the pairs invert the rows of everybody else.
// Source: targetLinkage.ts; known-input inversion as in Liu, Giannella and Kargupta (2006), by kernelRidge.ts.
// It makes known rows out of none. Where the line is not found it guesses the mean.

import { recoveryAttack } from '../recovery.ts'
import { invertedByLabels } from './invertedByLabels.ts'

/** Blind: pairs by the hidden number instead of from a leak. */
export const targetInversion = recoveryAttack({
  name: 'target-inversion',
  title: 'Inversion by linking people by the hidden number',
  standpoint: 'blind',
  reads: ['columns', 'target'],
  holds: ['people'],
  needs:
    'the protected table with its label, the activation, and raw rows of half of the people with their number to be predicted, without knowing whose is whose',
  source: 'Fischler and Bolles (1981), Rangarajan, Chui and Bookstein (1997); Saunders and others (1998)',
  fewest: 0,
  background: 'crowd',
  applies: ({ target }) => target?.original.some((t) => t !== target.original[0]) ?? false,
  recover: (view, { effort }) => invertedByLabels(view, effort, 'No line was found.'),
})
