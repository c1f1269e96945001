// Numbers that are looked up in tables, held to the tables: a row with another one must not end a run, since that tells of it.
// Source: PROOF.md, "Nothing throws". What is no number is taken for the first of the table.
// It knows Gather; other operators that look up are refused by standAlone.ts.

import { reach } from '../../graph/graph.ts'
import { constant, max, min, scalarLike, substitute, type Value } from '../../graph/index.ts'

/** The same values, with every number that depends on `x` and is looked up held to 0 … last of its table. */
export function withinTables(x: Value, roots: readonly Value[]): Value[] {
  const held = new Set<Value>()
  // One at a time, the first first: what one table gives may be looked up in the next.
  for (let now = [...roots]; ; ) {
    const node = reach(now).nodes.find(
      ({ operator, inputs: [, places] }) =>
        operator.name === 'Gather' && places && !places.content && !held.has(places) && dependsOn(places, x),
    )
    if (!node) return now
    const [table, places] = node.inputs as [Value, Value]
    const axis = (node.attributes['axis'] as number | undefined) ?? 0
    const size = table.shape[axis < 0 ? axis + table.shape.length : axis] as number
    const last = constant([size - 1], [], places.dtype)
    const within = max(min(places, last), scalarLike(places, 0))
    held.add(within)
    now = substitute(now, new Map([[places, within]]))
  }
}

const dependsOn = (v: Value, x: Value): boolean => reach([v]).leaves.includes(x)
