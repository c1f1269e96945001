// A hidden number by a list of people: the line that sends most of their numbers to values that left is the right one.
// Source: hiddenTarget.ts; against stage 2 of SPG (a slope and an offset).
// Numbers that differ from those in the release by rounding are hit as far as rounding hits.

import { percent } from '../../../statistics/figures.ts'
import { labelAttack } from '../labelAttack.ts'
import { lineByHits } from './hiddenTarget.ts'

/** Blind: numbers of half of the people, without knowing whose row is whose. */
export const targetPeople = labelAttack({
  name: 'target-people',
  title: 'Hidden number by a list of people',
  standpoint: 'blind',
  reads: ['target'],
  holds: ['people'],
  needs: 'the protected label, and the number to be predicted of half of the people, not whose row is whose',
  source: 'Fischler and Bolles (1981); against stage 2 of SPG',
  fewest: 0,
  label: 'target',
  background: 'crowd',
  guess({ target }) {
    const { background, crowd, unseen } = target!
    const line = lineByHits(background!, crowd!)
    if (!line) return { labels: new Float64Array(unseen.length).fill(background![0]!) }
    const { slope, offset, hits } = line
    return {
      labels: unseen.map((y) => slope * y + offset),
      notes: [`The line hits ${percent(hits)} of the people's numbers.`],
    }
  },
})
