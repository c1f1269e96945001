// Cells by the label, with a public sample: it is told by the sample, and who has the same label has much else in common.
// Source: labelLookup.ts, toldLabels.ts; inference of attributes from a released one, Fredrikson and others (2014).
// Of an attribute that does not go with a label it says nothing.

import { recoveryAttack } from '../recovery.ts'
import { hasLabel } from './labelLookup.ts'
import { cellsByPeople } from './toldLabels.ts'

/** Blind: the label is told by a public sample, whose people are looked up by it. */
export const lookupStrangers = recoveryAttack({
  name: 'lookup-strangers',
  title: 'Cells by the label, with a public sample',
  standpoint: 'blind',
  reads: ['classes', 'target', 'columns'],
  holds: ['strangers'],
  needs:
    'the protected table with its label, the activation, and raw rows and labels of other people of the same population',
  source: 'Fix and Hodges (1951), Stone (1977); against stage 2 of SPG, Fischler and Bolles (1981)',
  fewest: 0,
  background: 'strangers',
  applies: hasLabel,
  recover: (view, { seed }) => cellsByPeople(view, seed),
})
