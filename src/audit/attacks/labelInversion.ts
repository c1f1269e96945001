// Inversion by several labels together: people on a list are linked by them, and the pairs invert the rows of everybody else.
// Source: labelLinkage.ts; known-input inversion as in Liu, Giannella and Kargupta (2006), by kernelRidge.ts.
// It makes known rows out of none. Where the labels leave too many rows for each person it guesses the mean.

import { recoveryAttack } from '../recovery.ts'
import { linkCrowd, linksByLabels, whiteRows } from './crowdLinking.ts'
import { crowdOf } from './crowdOf.ts'

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
  recover(view, { effort }) {
    const crowd = crowdOf(view, effort)
    const white = whiteRows(crowd, view.unseen)
    const linking = linkCrowd(crowd, white, linksByLabels(crowd))
    const rows = view.unseen[0]!.length
    if (!linking) {
      const means = view.background!.map((x) => x.reduce((sum, v) => sum + v / x.length, 0))
      return {
        features: means.map((m) => new Float64Array(rows).fill(m)),
        notes: ['The labels leave too many rows for each person.'],
      }
    }
    return { features: linking.predict(white.others) }
  },
})
