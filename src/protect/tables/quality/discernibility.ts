// Discernibility: how many rows each row cannot be told from, summed; a suppressed row cannot be told from any.
// Source: Bayardo and Agrawal 2005 (DM); El Emam 2009 (DM*, which takes no notice of suppression).

import type { Classes, QualityModel } from '../quality.ts'

function squares({ count, rows }: Classes): number {
  let total = 0
  for (let c = 0; c < count; c++) total += rows[c]! * rows[c]!
  return total
}

/** DM: squares of the published classes' sizes, and all rows for each suppressed one. */
export const discernibility: QualityModel = {
  name: 'discernibility',
  says: 'discernibility (DM)',
  prepare: ({ rows: all }) => ({
    lossOf(_, classes) {
      const { count, rows, kept } = classes
      let total = 0
      for (let c = 0; c < count; c++) total += rows[c]! * (kept[c] === 1 ? rows[c]! : all)
      return [total]
    },
    boundAt: (_, classes) => [squares(classes)],
  }),
}

/** DM*: squares of all classes' sizes, suppressed or not. */
export const discernibilityStar: QualityModel = {
  name: 'discernibility-star',
  says: 'discernibility, suppressed rows as any (DM*)',
  prepare: () => {
    const ofClasses = (_: ArrayLike<number>, classes: Classes) => [squares(classes)]
    return { lossOf: ofClasses, boundAt: ofClasses }
  },
}
