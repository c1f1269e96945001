// Ambiguity: how many combinations of values a published row may stand for, summed over rows.
// Source: Goldberger and Tassa 2010; a suppressed row stands for all combinations.

import type { Classes, QualityModel } from '../quality.ts'
import { sharesOf } from './shares.ts'

/** Combinations of values that rows stand for. */
export const ambiguity: QualityModel = {
  name: 'ambiguity',
  says: 'ambiguity',
  prepare({ distinct, hierarchies }) {
    const sizes = hierarchies.map((hierarchy) =>
      sharesOf(hierarchy).map((shares) => shares.map((share) => share * hierarchy.leaves.length)),
    )
    const all = hierarchies.reduce((product, { leaves }) => product * leaves.length, 1)
    const total = (levels: ArrayLike<number>, { count, first, rows, kept }: Classes, keepAll: boolean) => {
      let sum = 0
      for (let c = 0; c < count; c++) {
        if (rows[c] === 0) continue
        let combinations = 1
        for (let j = 0; j < sizes.length; j++)
          combinations *= sizes[j]![levels[j]!]![distinct.quasi[j]![first[c]!]!]!
        sum += rows[c]! * (keepAll || kept[c] === 1 ? combinations : all)
      }
      return [sum]
    }
    return {
      lossOf: (levels, classes) => total(levels, classes, false),
      boundAt: (levels, classes) => total(levels, classes, true),
    }
  },
}
