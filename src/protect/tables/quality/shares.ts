// What share of its domain each label of a hierarchy covers: of ten leaves, a group of two covers 0.2.
// Source: Iyengar 2002 (loss); the domain is all leaves of the hierarchy, in the table or not.

import type { Hierarchy } from '../hierarchy.ts'
import type { QualityFacts } from '../quality.ts'

/** [levels][leaves] share of the domain that the leaf's label at that level covers, above 0 and at most 1. */
export function sharesOf({ leaves, levels }: Hierarchy): readonly Float64Array[] {
  return levels.map(({ labels, groupOf }) => {
    const sizes = new Float64Array(labels.length)
    for (const group of groupOf) sizes[group]! += 1
    return Float64Array.from(groupOf, (group) => sizes[group]! / leaves.length)
  })
}

/**
 * Sums over all rows of what a leaf costs at each level.
 * @param cost [quasi-identifiers][levels][leaves]
 * @returns [quasi-identifiers][levels]
 */
export function totalsOf(
  { distinct, hierarchies }: QualityFacts,
  cost: readonly (readonly Float64Array[])[],
): readonly Float64Array[] {
  return hierarchies.map(({ leaves, levels }, j) => {
    const counts = new Float64Array(leaves.length)
    const codes = distinct.quasi[j]!
    for (let d = 0; d < distinct.count; d++) counts[codes[d]!]! += distinct.rows[d]!
    return Float64Array.from(levels, (_, level) => {
      const costs = cost[j]![level]!
      let total = 0
      for (let leaf = 0; leaf < counts.length; leaf++)
        if (counts[leaf]! > 0) total += counts[leaf]! * costs[leaf]!
      return total
    })
  })
}
