// A hidden number by its distribution: a line keeps the order of rows or turns it, and the shape tells which.
// Source: the sorting attack, Naveed, Kamara and Wright (CCS 2015), section 4.2; against stage 2 of SPG.
// A symmetric distribution does not tell a line from its mirror image.

import { labelAttack } from '../labelAttack.ts'
import { matchShapes, shapeOf, valuesByRank } from './quantiles.ts'

/** Blind: ranks of what left as values of the public distribution. */
export const targetShape = labelAttack({
  name: 'target-shape',
  title: 'Hidden number by its distribution',
  standpoint: 'blind',
  reads: ['target'],
  holds: ['distributions'],
  needs: 'the protected label, and the distribution of the number to be predicted, as from a public data set',
  source: 'Naveed, Kamara and Wright (CCS 2015), section 4.2; against stage 2 of SPG',
  fewest: 0,
  label: 'target',
  guess({ target }) {
    const { unseen, marginal } = target!
    const [match] = matchShapes([shapeOf(marginal)], [unseen])
    return { labels: valuesByRank(unseen, marginal, match!.flipped) }
  },
})
