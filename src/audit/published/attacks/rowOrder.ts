// Whether rows stand as they stood: whoever has a list in the order of the original reads rows off it.
// Source: ours; statistical offices know it as the order of the file (sdcMicro's manual advises to shuffle).
// It pairs the people of a class with its rows in order; a table whose rows were shuffled gives it no more than a random pairing.

import { needsSensitive, type PublishedAttack, type Sight } from '../contract.ts'
import { columnOf } from '../risk/classes.ts'
import { priorOf, shareMetric } from '../shares.ts'

/** Pairs people and rows in order, class by class. */
export const rowOrder: PublishedAttack = {
  name: 'row-order',
  title: 'Hidden values by the order of the rows',
  standpoint: 'outsider',
  needs:
    'a list of the people in the order in which the original has them, as registers and exports are sorted',
  source: 'ours; manuals of statistical offices advise to shuffle rows',
  obstacle: needsSensitive,
  find: (sight) =>
    sight.evidence.sensitive.map((name) => {
      const { right, byLuck } = paired(sight, name)
      const { rows } = sight.evidence.original
      const prior = priorOf(sight.mixtures(name).whole)
      const strangers = sight.strangers(name).accuracy
      return {
        about: name,
        metrics: [
          shareMetric('attribute', right, rows, {
            chance: prior.commonest,
            baseline: Math.max(strangers, byLuck / rows),
          }),
        ],
        notes: ['The baseline is at least what a random pairing within each class gets.'],
      }
    }),
}

/** People whose row, by order, has their hidden value, and how many by luck would. */
function paired(sight: Sight, name: string): { readonly right: number; readonly byLuck: number } {
  const { people, classes, start, of } = sight.candidates
  const { truth, values } = sight.mixtures(name)
  const released = columnOf(sight.evidence.published, name, 'the published table').codes
  const members: number[][] = Array.from({ length: classes.count }, () => [])
  for (let i = 0; i < truth.length; i++) {
    const kind = people.classOf[i]!
    if (start[kind + 1]! - start[kind]! === 1) members[of[start[kind]!]!]!.push(i)
  }
  const rows: number[][] = Array.from({ length: classes.count }, () => [])
  for (let r = 0; r < released.length; r++) rows[classes.classOf[r]!]!.push(r)
  let [right, byLuck] = [0, 0]
  const tally = new Float64Array(values.length)
  members.forEach((list, c) => {
    const there = rows[c]!
    for (const row of there) tally[released[row]!]!++
    list.forEach((person, place) => {
      const row = there[place]
      if (row !== undefined && released[row] === truth[person]) right++
      byLuck += tally[truth[person]!]! / there.length
    })
    for (const row of there) tally[released[row]!] = 0
  })
  return { right, byLuck }
}
