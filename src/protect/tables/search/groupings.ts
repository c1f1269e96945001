// Classes of many nodes, each rolled up from the smallest known node below it.
// Source: roll-up and snapshots as in Incognito (LeFevre et al. 2005) and Flash (Kohlmayer et al. 2012).

import type { DistinctRows } from '../codedTable.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { createNumberer } from '../numberRows.ts'
import { bottomGrouping, type Grouping, rolledUp } from './grouping.ts'

// More nodes cost more to look through than they save.
const mostKept = 400
// Classes in all of them: 20 bytes each, and their spreads.
const mostClasses = 1 << 20
// Of a table of very many distinct rows: some hundred megabytes, whatever the table has.
const mostClassesAtAll = 1 << 24
// A node is worth keeping where it has clearly fewer classes than what it was made of.
const worthKeeping = 0.8

/** Gives the classes of nodes. */
export interface Groupings {
  at(levels: readonly number[]): Grouping
}

/** Starts with the bottom of the lattice. */
export function createGroupings(distinct: DistinctRows, hierarchies: readonly Hierarchy[]): Groupings {
  const numberer = createNumberer()
  const bottom = bottomGrouping(numberer, distinct, hierarchies)
  const kept: Grouping[] = []
  const room = Math.max(mostClasses, Math.min(mostClassesAtAll, 4 * bottom.count))
  let classes = 0
  return {
    at(levels) {
      let source = bottom
      let place = -1
      for (let i = 0; i < kept.length; i++) {
        const candidate = kept[i]!
        if (candidate.count < source.count && isBelow(candidate.levels, levels)) {
          source = candidate
          place = i
        }
      }
      // The latest used last: the first goes when there is no room.
      if (place >= 0 && place < kept.length - 1) kept.push(...kept.splice(place, 1))
      if (place >= 0 && source.levels.every((level, j) => level === levels[j])) return source
      const grouping = rolledUp(numberer, distinct, hierarchies, source, levels)
      if (grouping.count < worthKeeping * source.count) {
        kept.push(grouping)
        classes += grouping.count
        while (kept.length > mostKept || classes > room) classes -= kept.shift()!.count
      }
      return grouping
    },
  }
}

/** Whether no level of `a` is above that of `b`. */
export function isBelow(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let j = 0; j < a.length; j++) if (a[j]! > b[j]!) return false
  return true
}
