// Inversion by several labels together: people on a list are linked by them, and the pairs invert the rows of everybody else.
// Source: labelLinkage.ts; known-input inversion as in Liu, Giannella and Kargupta (2006), by kernelRidge.ts.
// It makes known rows out of none. Where the labels leave too many rows for each person it guesses the mean.

import { recoveryAttack } from '../recovery.ts'
import { invertedByLabels } from './invertedByLabels.ts'

/** Blind: pairs by the labels instead of from a leak. */
export const labelInversion = recoveryAttack({
  name: 'label-inversion',
  title: 'Inversion by linking people by all labels together',
  standpoint: 'blind',
  reads: ['columns', 'classes', 'target'],
  holds: ['people'],
  needs:
    'the protected table with its labels, of which there are several, the activation, and raw rows of half of the people with their labels, without knowing whose is whose',
  source: 'Fischler and Bolles (1981), Kuhn (1955); Saunders and others (1998)',
  fewest: 0,
  background: 'crowd',
  applies: ({ labelColumns }) => labelColumns !== undefined,
  recover: (view, { effort }) =>
    invertedByLabels(view, effort, 'The labels leave too many rows for each person.'),
})
