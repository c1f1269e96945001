// A hierarchy from the labels of its leaves, held to be a tree: what is one group at a level is one group at every level above.
// Source: Samarati 2001, section 3 (value generalisation hierarchies).
// It does not promise that a level is coarser than the one below it, nor that a top level with one label is there.

import { FrostglassError, printable } from '../../../errors.ts'
import type { Hierarchy, HierarchyLevel } from '../hierarchy.ts'

/** The label of all values together, at the top of what is built here. */
export const everything = '*'

const quoted = (text: string) => `"${printable(text)}"`

/** One level: its labels in order of first appearance, and which one each leaf has. */
function levelOf(labels: readonly string[]): HierarchyLevel {
  const indexOf = new Map<string, number>()
  const groupOf = Uint32Array.from(labels, (label) => {
    const known = indexOf.get(label)
    if (known !== undefined) return known
    indexOf.set(label, indexOf.size)
    return indexOf.size - 1
  })
  return Object.freeze({ labels: Object.freeze([...indexOf.keys()]), groupOf })
}

/**
 * The hierarchy of leaves and their labels.
 * @param leaves distinct values, in the column's order
 * @param labels [levels above the leaves][leaves] what each leaf becomes; a group at a level is what has the same label there
 * @param what whose hierarchy it is, as errors say it: `the hierarchy of age`
 * @param where where a leaf was read, as errors say it: `line 7`
 * @throws FrostglassError `input` if a value comes twice, or a group splits above the level that it was made at
 */
export function createHierarchy(
  leaves: readonly string[],
  labels: readonly (readonly string[])[],
  what: string,
  where: (leaf: number) => string = () => '',
): Hierarchy {
  const at = (leaf: number) => {
    const place = where(leaf)
    return `${quoted(leaves[leaf]!)}${place === '' ? '' : ` (${place})`}`
  }
  const ground = levelOf(leaves)
  if (ground.labels.length < leaves.length) {
    const first = new Map<string, number>()
    leaves.forEach((value, leaf) => {
      const before = first.get(value)
      if (before !== undefined)
        throw new FrostglassError(
          'input',
          `${what} has the value ${at(before)} twice${where(leaf) === '' ? '' : `, again in ${where(leaf)}`}`,
          'Take one of the two out.',
        )
      first.set(value, leaf)
    })
  }
  const levels = [ground, ...labels.map(levelOf)]
  for (let above = 1; above < levels.length; above++) {
    const [lower, upper] = [levels[above - 1]!, levels[above]!]
    const firstOf = new Int32Array(lower.labels.length).fill(-1)
    for (let leaf = 0; leaf < leaves.length; leaf++) {
      const group = lower.groupOf[leaf]!
      const first = firstOf[group]!
      if (first < 0) firstOf[group] = leaf
      else if (upper.groupOf[first] !== upper.groupOf[leaf])
        throw new FrostglassError(
          'input',
          `${what} is no tree: ${at(first)} and ${at(leaf)} are one group at level ${above - 1}, ${quoted(lower.labels[group]!)}, but two ` +
            `at level ${above}: ${quoted(upper.labels[upper.groupOf[first]!]!)} and ${quoted(upper.labels[upper.groupOf[leaf]!]!)}`,
          'Give what is apart at a level other labels at every level below it.',
        )
    }
  }
  return Object.freeze({ leaves: ground.labels, levels: Object.freeze(levels) })
}

/**
 * A hierarchy whose levels are functions of a value, with {@link everything} on top. A missing cell (`''`) stays missing below the top.
 * @param labelsAt what a value becomes at level 1, 2, …
 */
export function climb(
  values: readonly string[],
  labelsAt: readonly ((value: string, leaf: number) => string)[],
  what: string,
): Hierarchy {
  const labels = labelsAt.map((label) =>
    values.map((value, leaf) => (value === '' ? '' : label(value, leaf))),
  )
  return createHierarchy(values, [...labels, values.map(() => everything)], what)
}

/** A hierarchy, and a missing cell, which stays missing below the top. */
export function withMissing({ leaves, levels }: Hierarchy, what: string): Hierarchy {
  const labels = levels
    .slice(1)
    .map((level, above) => [
      ...Array.from(level.groupOf, (group) => level.labels[group]!),
      above === levels.length - 2 ? level.labels[level.groupOf[0]!]! : '',
    ])
  return createHierarchy([...leaves, ''], labels, what)
}

/**
 * Which leaf each value of a column is.
 * @param values distinct values of the column
 * @param column its name, as errors say it
 * @throws FrostglassError `input` naming values that the hierarchy lacks
 */
export function leavesOf(hierarchy: Hierarchy, values: readonly string[], column: string): Uint32Array {
  const leafOf = new Map(hierarchy.leaves.map((value, leaf) => [value, leaf]))
  const missing = values.filter((value) => !leafOf.has(value))
  if (missing.length > 0)
    throw new FrostglassError(
      'input',
      `the hierarchy of ${column} lacks ${missing.length === 1 ? 'a value' : `${missing.length} values`} of the table: ` +
        missing
          .slice(0, 5)
          .map((value) => (value === '' ? 'a missing cell (an empty field)' : quoted(value)))
          .join(', ') +
        (missing.length > 5 ? ', …' : ''),
      'Add a line for each to the hierarchy.',
    )
  return Uint32Array.from(values, (value) => leafOf.get(value)!)
}
