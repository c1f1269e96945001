// Whether rows stand as they stood: whoever has a list in the order of the original reads rows off it.
// Source: ours; statistical offices know it as the order of the file (sdcMicro's manual advises to shuffle).
// It pairs the people of a class with its rows in order; a table whose rows were shuffled gives it no more than a random pairing.

import { needsSensitive, type PublishedAttack, perSensitive, type Sight } from '../contract.ts'
import { columnOf, groupedRows } from '../risk/classes.ts'
import { priorOf, shareMetric } from '../shares.ts'

/** Pairs people and rows in order, class by class. */
export const rowOrder: PublishedAttack = {
  name: 'row-order',
  title: 'Hidden values by the order of the rows',
  standpoint: 'outsider',
  needs:
    'a list of the people in the order in which the original has them, as registers and exports are sorted',
  source: 'ours; manuals of statistical offices advise to shuffle rows',
  readsOrder: true,
  obstacle: needsSensitive,
  find: perSensitive(async (sight, name) => {
    const { right, byLuck } = await paired(sight, name)
    const { rows } = sight.evidence.original
    const prior = priorOf(sight.mixtures(name).whole)
    const strangers = (await sight.strangers(name)).accuracy
    return {
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
async function paired(
  { candidates, mixtures, evidence, turn }: Sight,
  name: string,
): Promise<{ readonly right: number; readonly byLuck: number }> {
  const { people, classes, start, of } = candidates
  const { truth, values } = mixtures(name)
  const released = columnOf(evidence.published, name, 'the published table').codes
  const members = groupedRows(
    classes.count,
    Int32Array.from(people.classOf, (kind) =>
      start[kind + 1]! - start[kind]! === 1 ? of[start[kind]!]! : -1,
    ),
  )
  const rows = groupedRows(classes.count, classes.classOf)
  let [right, byLuck] = [0, 0]
  const tally = new Float64Array(values.length)
  for (let c = 0; c < classes.count; c++) {
    const due = turn()
    if (due) await due
    const there = rows.rows.subarray(rows.start[c], rows.start[c + 1])
    for (const row of there) tally[released[row]!]!++
    members.rows.subarray(members.start[c], members.start[c + 1]).forEach((person, place) => {
      const row = there[place]
      if (row !== undefined && released[row] === truth[person]) right++
      byLuck += tally[truth[person]!]! / there.length
    })
    for (const row of there) tally[released[row]!] = 0
  }
  return { right, byLuck }
}
