// Values in a stated order, in groups of neighbours.
// Source: ARX's order-based hierarchies.
// The order is the owner's knowledge; none is guessed from the texts.

import { FrostglassError, printable } from '../../../errors.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { rangeLabel } from './labels.ts'
import { createHierarchy, everything } from './tree.ts'

/**
 * The hierarchy of ordered values by groups of neighbours, `[primary, secondary]`, with one label for all on top.
 * @param order all values, from the first to the last
 * @param sizes [levels] sizes of the groups, in groups of the level below (values at level 1); the last size repeats
 * @throws FrostglassError `usage` for a size that is no whole number from 1, or a level that groups nothing
 */
export function orderedHierarchy(
  order: readonly string[],
  sizes: readonly (readonly number[])[],
  what: string,
): Hierarchy {
  // [groups] where each begins, by the number of its first value.
  let starts = order.map((_, place) => place)
  const labels = sizes.map((level) => {
    if (level.length === 0 || level.some((size) => !Number.isInteger(size) || size < 1))
      throw new FrostglassError(
        'usage',
        `${printable(what)} has groups of ${level.join(', ') || 'no size'}`,
        'State sizes as whole numbers from 1.',
      )
    const next: number[] = []
    for (let group = 0, at = 0; at < starts.length; group++) {
      next.push(starts[at]!)
      at += level[Math.min(group, level.length - 1)]!
    }
    if (next.length === starts.length && starts.length > 1)
      throw new FrostglassError(
        'usage',
        `${printable(what)} has a level of groups of ${level.join(', ')} that joins nothing`,
        'Take a size of 2 or more in each level.',
      )
    starts = next
    const groups = next.map((start, group) =>
      order
        .slice(start, next[group + 1])
        .map(() => rangeLabel(order[start]!, order[(next[group + 1] ?? order.length) - 1]!)),
    )
    return groups.flat()
  })
  return createHierarchy(order, [...labels, order.map(() => everything)], what)
}
