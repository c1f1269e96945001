// Linkage by a hidden number: the line that hides it is found, and leaves few rows for each person on a list.
// Source: hiddenTarget.ts for the line, softLinking.ts among the rows that are left, linking.ts to the end.
// It is for a label that is a number: a class leaves too many rows for each person.

import { rowAttack } from '../rows.ts'
import { linkCrowd, linksByLabels, whiteRows } from './crowdLinking.ts'

/** Blind: people's numbers choose their rows, and a regression among them. */
export const targetLinkage = rowAttack({
  name: 'target-linkage',
  title: 'Linkage by the hidden number',
  standpoint: 'blind',
  reads: ['columns', 'target'],
  holds: ['people'],
  needs:
    'the protected table with its label, the activation, and raw rows of half of the people with their number to be predicted, without knowing whose is whose',
  source:
    'Fischler and Bolles (1981) for the line; Rangarajan, Chui and Bookstein (1997) for the soft assignment',
  fewest: 0,
  applies: ({ target }) => target?.original.some((t) => t !== target.original[0]) ?? false,
  match(crowd) {
    const linking = linkCrowd(crowd, whiteRows(crowd), linksByLabels(crowd))
    const everybody = crowd.released[0]!.length * crowd.people[0]!.length
    return linking?.dissimilarities ?? new Float64Array(everybody)
  },
})
