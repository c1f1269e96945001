// Linkage by several labels together: the classes are named and the numbers' lines found, and few rows are left for each person.
// Source: jointNames.ts for the classes, hiddenTarget.ts for the lines, softLinking.ts among the rows left, linking.ts to the end.
// It is for releases with several label columns: one class leaves too many rows, one number is for targetLinkage.ts.

import { rowAttack } from '../rows.ts'
import { linkCrowd, linksByLabels, whiteRows } from './crowdLinking.ts'

/** Blind: people's labels choose their rows, and a regression among them. */
export const labelLinkage = rowAttack({
  name: 'label-linkage',
  title: 'Linkage by all labels together',
  standpoint: 'blind',
  reads: ['columns', 'classes', 'target'],
  holds: ['people'],
  needs:
    'the protected table with its labels, of which there are several, the activation, and raw rows of half of the people with their labels, without knowing whose is whose',
  source: 'Fischler and Bolles (1981), Kuhn (1955); Rangarajan, Chui and Bookstein (1997)',
  fewest: 0,
  applies: ({ labelColumns }) => labelColumns !== undefined,
  match(crowd) {
    const linking = linkCrowd(crowd, whiteRows(crowd), linksByLabels(crowd))
    const everybody = crowd.released[0]!.length * crowd.people[0]!.length
    return linking?.dissimilarities ?? new Float64Array(everybody)
  },
})
