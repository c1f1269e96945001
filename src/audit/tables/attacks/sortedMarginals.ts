// Sorted marginals: takes each released column for one attribute, and its ranks for that attribute's known values.
// Source: the sorting attack, Naveed, Kamara and Wright (CCS 2015), section 4.2; on perturbed columns, docs/architecture.md#the-audit.
// It breaks what protects columns one by one; a matrix that mixes columns is not undone by it.

import { recoveryAttack } from '../recovery.ts'
import { guessByShape } from './guessByShape.ts'
import { withoutActivation } from './whitening.ts'

/** Blind: ranks of the released columns as values of the attributes that they look like. */
export const sortedMarginals = recoveryAttack({
  name: 'sorted-marginals',
  title: 'Sorted marginals',
  standpoint: 'blind',
  reads: ['columns'],
  holds: ['distributions'],
  needs: 'the protected table, and the distribution of each attribute, as from a public data set',
  source: 'Naveed, Kamara and Wright (CCS 2015), section 4.2',
  fewest: 0,
  guesses: ['numeric'],
  recover: (view) => guessByShape(view, withoutActivation(view.unseen, view.scheme)),
})
