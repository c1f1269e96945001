// Linkage by turns: a regression from known rows names the surest people, who are known rows from then on, and again.
// Source: linking.ts (self-training; kernel ridge; assignment); the standpoint of landmarkLinkage.ts.
// Few known rows behind many layers name wrong people first, and these confirm each other.

import { rowAttack } from '../rows.ts'
import { byTurns, linkCrowd, linksByLabels, whiteRows } from './crowdLinking.ts'

/** Leak: the surest pairs join the known ones. */
export const alternatingLinkage = rowAttack({
  name: 'alternating-linkage',
  title: 'Linkage by regression and assignment in turns',
  ...byTurns,
  match(crowd) {
    const linking = linkCrowd(crowd, whiteRows(crowd), linksByLabels(crowd))
    return linking!.dissimilarities
  },
})
