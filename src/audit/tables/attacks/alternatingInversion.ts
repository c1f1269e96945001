// Inversion by turns: people on a list are linked from known rows, and all pairs together invert everybody else's rows.
// Source: alternatingLinkage.ts; kernelRidge.ts.
// The list must hold people of the release: strangers are given rows of others.

import { recoveryAttack } from '../recovery.ts'
import { byTurns, linkCrowd, linksByLabels, whiteRows } from './crowdLinking.ts'
import { crowdOf } from './crowdOf.ts'

/** Leak: known rows, and those that they lead to. */
export const alternatingInversion = recoveryAttack({
  name: 'alternating-inversion',
  title: 'Inversion by regression and assignment in turns',
  ...byTurns,
  background: 'listed',
  recover(view, { effort }) {
    const crowd = crowdOf(view, effort)
    const white = whiteRows(crowd)
    const linking = linkCrowd(crowd, white, linksByLabels(crowd))!
    const features = linking.predict(white.rows.white)
    for (const { row, person } of linking.pairs.slice(0, linking.sure)) {
      features.forEach((column, f) => {
        column[row] = crowd.people[f]![person]!
      })
    }
    return {
      features,
      notes: [`${linking.sure} of ${crowd.people[0]!.length} people on the list were linked for sure.`],
    }
  },
})
