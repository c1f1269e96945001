// Label frequency: the most frequent code is the most frequent class, and so on down.
// Source: frequency analysis, Naveed, Kamara and Wright (CCS 2015), section 4.1; against stage 2 of SPG.
// Classes that are equally frequent are told apart by nothing here: ties count as resolved at random.

import { meanInterval } from '../../../statistics/bootstrap.ts'
import { mean } from '../../../statistics/moments.ts'
import type { Attack } from '../attack.ts'
import { framed } from '../frame.ts'

const spec = {
  name: 'label-frequency',
  title: 'Hidden classes by their frequencies',
  standpoint: 'blind',
  reads: ['classes'],
  holds: ['distributions'],
  aim: 'labels',
  needs: 'the protected labels, and how frequent each class is, as from a public data set',
  source: 'Naveed, Kamara and Wright (CCS 2015), section 4.1',
  fewest: 0,
} as const

/** Blind: names hidden classes by how often they occur. */
export const labelFrequency = Object.freeze<Attack>({
  ...spec,
  applies: ({ labels }) => labels !== undefined && labels.classes > 1,
  run: framed(spec, ({ labels }, _split, { seed }) => {
    if (!labels) throw new RangeError('label-frequency needs a table with classes')
    const { classes, original, released } = labels
    const named = placesOf(original, classes)
    const hidden = placesOf(released, classes)
    // A class and a code meet at a place that both may have: uniform over the places of their ties.
    const right = Float64Array.from(original, (c, r) => {
      const [a, b] = [named[c]!, hidden[released[r]!]!]
      const shared = Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from))
      return shared / ((a.to - a.from) * (b.to - b.from))
    })
    return {
      rows: right.length,
      metrics: [
        {
          name: 'labels',
          value: mean(right),
          interval: meanInterval(right, seed),
          chance: 1 / classes,
        },
      ],
      notes: [
        named.some(({ from, to }) => to - from > 1)
          ? 'Some classes are equally frequent; among them the guess is a random one, and the expected share is given.'
          : 'All classes differ in frequency, so their frequencies name them. Public frequencies that are only close to these may confuse classes of similar size.',
      ],
    }
  }),
})

/** For each class its place by frequency: from `from` up to, not including, `to`; more than one place among ties. */
function placesOf(codes: Int32Array, classes: number): { readonly from: number; readonly to: number }[] {
  const counts = new Float64Array(classes)
  for (const c of codes) counts[c] = counts[c]! + 1
  return Array.from(counts, (count) => ({
    from: counts.filter((other) => other > count).length,
    to: counts.filter((other) => other >= count).length,
  }))
}
