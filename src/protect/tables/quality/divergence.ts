// Kullback-Leibler divergence of the published table from the original: bits, where a class spreads its rows evenly over what it covers.
// Source: Machanavajjhala et al. 2007, section 6; suppressed rows spread over the whole domain.
// ARX takes the sum over rows, in which a combination that n rows have counts n times; this is the divergence itself.

import { createNumberer } from '../numberRows.ts'
import type { Classes, QualityModel } from '../quality.ts'
import { sharesOf } from './shares.ts'

/** Bits of divergence. */
export const divergence: QualityModel = {
  name: 'divergence',
  says: 'Kullback-Leibler divergence, bits',
  prepare({ distinct, hierarchies, rows: all }) {
    const shares = hierarchies.map(sharesOf)
    const { of, first, count } = createNumberer().number(
      distinct.count,
      hierarchies.map(({ leaves }, j) => ({ codes: distinct.quasi[j]!, values: leaves.length })),
    )
    const rowsOf = new Float64Array(count)
    for (let d = 0; d < distinct.count; d++) rowsOf[of[d]!]! += distinct.rows[d]!
    const whole = hierarchies.reduce((bits, { leaves }) => bits + Math.log2(leaves.length), 0)

    /** Bits of what the class of a distinct row covers. */
    function covered(levels: ArrayLike<number>, d: number): number {
      let bits = whole
      for (let j = 0; j < shares.length; j++)
        bits += Math.log2(shares[j]![levels[j]!]![distinct.quasi[j]![d]!]!)
      return bits
    }
    const total = (levels: ArrayLike<number>, classes: Classes, keepAll: boolean) => {
      const { classOf, rows, kept, suppressed } = classes
      let bits = 0
      for (let e = 0; e < count; e++) {
        const many = rowsOf[e]!
        if (many === 0) continue
        const d = first[e]!
        const c = classOf[d]!
        const isKept = keepAll || kept[c] === 1
        bits +=
          (many / all) *
          (Math.log2(many / (isKept ? rows[c]! : suppressed)) + (isKept ? covered(levels, d) : whole))
      }
      return [bits]
    }
    return {
      lossOf: (levels, classes) => total(levels, classes, false),
      // Suppressing spreads over more, and so does a level more.
      boundAt: (levels, classes) => total(levels, classes, true),
    }
  },
}
