// Numbers that are looked up in tables, held to the tables: a row with another one must not end a run, since that tells of it.
// Source: PROOF.md, "Nothing throws". What is in no table, or no number, is taken for the first of the table.
// It knows Gather; other operators that look up are refused by standAlone.ts.

import { reach } from '../../graph/graph.ts'
import {
  and,
  greaterOrEqual,
  lessOrEqual,
  type Node,
  substitute,
  type Value,
  where,
} from '../../graph/index.ts'
import { apply, scalarLike } from '../../graph/value.ts'

/** The same values, where every number that depends on `x` and is looked up is a place of its table. */
export function withinTables(x: Value, roots: readonly Value[]): Value[] {
  const held = new Set<Node>()
  // One at a time, the first first: what one table gives may be looked up in the next, and one number in two tables.
  for (let now = [...roots]; ; ) {
    const node = reach(now).nodes.find(
      (n) => n.operator.name === 'Gather' && !held.has(n) && dependsOn(n.inputs[1]!, x),
    )
    if (!node) return now
    const [table, places] = node.inputs as [Value, Value]
    const axis = (node.attributes['axis'] as number | undefined) ?? 0
    const size = table.shape[axis < 0 ? axis + table.shape.length : axis] as number
    // By comparing: what is no number compares as false, where a minimum of it would be none either.
    const [first, last] = [0, size - 1].map((place) => scalarLike(places, place)) as [Value, Value]
    const inside = and(greaterOrEqual(places, first), lessOrEqual(places, last))
    const lookedUp = apply(node.operator, [table, where(inside, places, first)], node.attributes)
    held.add(lookedUp.node!)
    now = substitute(now, new Map([[node.outputs[0]!, lookedUp]]))
  }
}

const dependsOn = (v: Value, x: Value): boolean => reach([v]).leaves.includes(x)
