// Cells by the label, with known rows: rows with the label of a known one, or a label near it, have much else in common.
// Source: labelLookup.ts, toldLabels.ts; inference of attributes from a released one, Fredrikson and others (2014).
// Of an attribute that does not go with a label it says nothing.

import { recoveryAttack } from '../recovery.ts'
import { cellsByLabels, hasLabel } from './labelLookup.ts'
import { labelsInPairs } from './toldLabels.ts'

/** Leak: known rows are looked up by what left of the label. */
export const lookupPairs = recoveryAttack({
  name: 'lookup-pairs',
  title: 'Cells by the label, with known rows',
  standpoint: 'leak',
  reads: ['classes', 'target'],
  holds: ['pairs'],
  needs: 'known rows, and what left of their labels',
  source: 'Fix and Hodges (1951), Stone (1977); against stage 2 of SPG, Fischler and Bolles (1981)',
  fewest: 2,
  applies: hasLabel,
  recover(view) {
    return cellsByLabels(view.attributes, view.known.original, labelsInPairs(view), view.unseen[0]!.length)
  },
})
