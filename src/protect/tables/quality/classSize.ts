// The average size of a class, where all suppressed rows are one.
// Source: LeFevre, DeWitt and Ramakrishnan 2006, not divided by k, which only k-anonymity has (as ARX's AECS).

import type { Classes, QualityModel } from '../quality.ts'

function published({ count, rows, kept }: Classes, suppressedToo: boolean): number {
  let classes = 0
  for (let c = 0; c < count; c++) if (rows[c]! > 0 && (suppressedToo || kept[c] === 1)) classes++
  return classes
}

/** Rows a class. */
export const classSize: QualityModel = {
  name: 'class-size',
  says: 'average class size',
  prepare: ({ rows }) => ({
    lossOf: (_, classes) => [rows / (published(classes, false) + (classes.suppressed > 0 ? 1 : 0))],
    boundAt: (_, classes) => [rows / published(classes, true)],
  }),
}
