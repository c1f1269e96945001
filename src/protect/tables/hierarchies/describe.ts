// A hierarchy in words: its levels, how many labels each has, how many values the labels join, and some of them.
// Source: none.
// It shows values of the table, for its owner's eyes.

import { printable } from '../../../errors.ts'
import type { Hierarchy, HierarchyLevel } from '../hierarchy.ts'

/** Values under each label of a level. */
function sizesOf({ labels, groupOf }: HierarchyLevel): Uint32Array {
  const sizes = new Uint32Array(labels.length)
  for (const group of groupOf) sizes[group]!++
  return sizes
}

/** One line a level: `1: 20 labels of 4 to 5 values: 0-4, 5-9, 10-14, …`. @param shown labels to name in each line */
export function describeHierarchy(hierarchy: Hierarchy, shown = 3): string {
  return hierarchy.levels
    .map((level, number) => {
      const sizes = sizesOf(level)
      const [least, most] = [
        sizes.reduce((a, b) => Math.min(a, b), sizes[0] ?? 0),
        sizes.reduce((a, b) => Math.max(a, b), 0),
      ]
      const names = level.labels
        .slice(0, shown)
        .map((label) => (label === '' ? '(missing)' : printable(label)))
      const values = `${least === most ? most : `${least} to ${most}`} ${most === 1 ? 'value' : 'values'}`
      return (
        `${number}: ${level.labels.length} ${level.labels.length === 1 ? 'label' : 'labels'} of ${values}: ` +
        `${names.join(', ')}${level.labels.length > shown ? ', …' : ''}`
      )
    })
    .join('\n')
}
