// How far a class's sensitive values lie from the whole table's: the earth mover's distance for three ways to measure between values.
// Source: Li, Li and Venkatasubramanian, ICDE 2007, section 4: equal distances, ranks of an order, levels of a hierarchy.
// All three are quotients of whole numbers: sums are exact up to 2^53, and the quotient is rounded once. A distance of exactly 1/5 is
// therefore the number 0.2, whatever the order of summing. Beyond (an order of many values over tens of millions of rows) each term is
// still exact, and the sum right to 1e-15 of itself.

import { FrostglassError } from '../../../errors.ts'
import type { Hierarchy } from '../hierarchy.ts'
import type { ClassView, ModelFacts } from '../model.ts'
import { sensitiveRows } from './sensitiveFacts.ts'

/** The distance of a class from the table, from 0 to 1; 0 of a class without rows. It keeps scratch memory: one a thread. */
export type DistanceFromTable = (view: ClassView) => number

/** How values are ordered: as numbers, by their letters (UTF-16 units), or as listed from the lowest to the highest. */
export type ValueOrder = 'numbers' | 'alphabet' | readonly string[]

/** All values as far from each other: ½ Σ |q − p|, which is the sum of what the class has too much of. */
export function equalDistance(facts: ModelFacts, column: string): DistanceFromTable {
  const total = sensitiveRows(facts, column)
  return (view) => {
    if (view.rows === 0) return 0
    let surplus = 0
    for (let i = 0; i < view.distinct; i++) {
      const more = view.counts[i]! * total - facts.sensitiveCounts[view.values[i]!]! * view.rows
      if (more > 0) surplus += more
    }
    return surplus / (total * view.rows)
  }
}

/**
 * Values as far as their ranks among the m values that occur: Σᵢ |Σ_{j ≤ i} (q_j − p_j)| / (m − 1).
 * @throws FrostglassError `input` where a value has no place in the order
 */
export function orderedDistance(facts: ModelFacts, column: string, order: ValueOrder): DistanceFromTable {
  const total = sensitiveRows(facts, column)
  const ranked = rankedCodes(facts, column, order)
  const has = new Float64Array(facts.sensitiveCounts.length)
  return (view) => {
    if (view.rows === 0 || ranked.length < 2) return 0
    for (let i = 0; i < view.distinct; i++) has[view.values[i]!] = view.counts[i]!
    let carried = 0
    let moved = 0
    for (const code of ranked) {
      carried += has[code]! * total - facts.sensitiveCounts[code]! * view.rows
      moved += Math.abs(carried)
    }
    for (let i = 0; i < view.distinct; i++) has[view.values[i]!] = 0
    return moved / ((ranked.length - 1) * total * view.rows)
  }
}

function rankedCodes(facts: ModelFacts, column: string, order: ValueOrder): Uint32Array {
  const codes = [...facts.sensitiveValues.keys()].filter((code) => facts.sensitiveCounts[code]! > 0)
  const keyOf = keysOf(order)
  const keys = facts.sensitiveValues.map(keyOf)
  for (const code of codes) {
    if (keys[code] !== undefined) continue
    throw new FrostglassError(
      'input',
      `the value ${JSON.stringify(facts.sensitiveValues[code])} of ${JSON.stringify(column)} ${order === 'numbers' ? 'is no number' : 'is not in the order given'}`,
      order === 'numbers'
        ? 'State the order of the values as a list.'
        : 'List every value that occurs, from the lowest to the highest.',
    )
  }
  const tied = codes.toSorted((a, b) => compare(keys[a]!, keys[b]!) || a - b)
  return Uint32Array.from(tied)
}

const compare = (a: number | string, b: number | string) => (a < b ? -1 : a > b ? 1 : 0)

function keysOf(order: ValueOrder): (value: string) => number | string | undefined {
  if (order === 'alphabet') return (value) => value
  if (order === 'numbers') {
    return (value) => {
      const number = value.trim() === '' ? Number.NaN : Number(value)
      return Number.isFinite(number) ? number : undefined
    }
  }
  const rank = new Map(order.map((value, i) => [value, i]))
  return (value) => rank.get(value)
}

/**
 * Values as far as the level of their lowest common ancestor, as a share of the root's: at each inner node, what its children have too
 * much of moves to those that have too little, min(Σ surplus, Σ lack) · level / H; the rest moves on to its parent.
 * @throws FrostglassError `usage` without a hierarchy or one root, `input` where a value is not in it
 */
export function hierarchicalDistance(facts: ModelFacts, column: string): DistanceFromTable {
  const total = sensitiveRows(facts, column)
  const { leafOf, leaves, parents, height } = treeOf(facts, column)
  const expected = new Float64Array(leaves)
  leafOf.forEach((leaf, code) => {
    expected[leaf]! += facts.sensitiveCounts[code]!
  })
  const extras = new Float64Array(leaves)
  return (view) => {
    if (view.rows === 0 || height === 0) return 0
    for (let leaf = 0; leaf < leaves; leaf++) extras[leaf] = -expected[leaf]! * view.rows
    for (let i = 0; i < view.distinct; i++) extras[leafOf[view.values[i]!]!]! += view.counts[i]! * total
    return costOf(extras, parents) / (height * total * view.rows)
  }
}

/** Σ over inner nodes of level · min(surplus, lack) of their children. `extras` are those of leaves, and are overwritten. */
function costOf(extras: Float64Array, parents: readonly Parents[]): number {
  let cost = 0
  let children = extras.length
  parents.forEach(({ parentOf, surplus, lack }, above) => {
    surplus.fill(0)
    lack.fill(0)
    for (let child = 0; child < children; child++) {
      const extra = extras[child]!
      if (extra > 0) surplus[parentOf[child]!]! += extra
      else lack[parentOf[child]!]! -= extra
    }
    children = surplus.length
    for (let node = 0; node < children; node++) {
      cost += (above + 1) * Math.min(surplus[node]!, lack[node]!)
      extras[node] = surplus[node]! - lack[node]!
    }
  })
  return cost
}

/** The step from one level to the next. */
interface Parents {
  /** [groups of the level below] */
  readonly parentOf: Uint32Array
  /** [groups of this level] scratch */
  readonly surplus: Float64Array
  readonly lack: Float64Array
}

function treeOf(facts: ModelFacts, column: string) {
  const hierarchy = facts.sensitiveHierarchy
  const root = hierarchy?.levels.at(-1)
  if (hierarchy === undefined || root === undefined || root.labels.length !== 1) {
    throw new FrostglassError(
      'usage',
      hierarchy === undefined
        ? `the hierarchical distance needs a hierarchy of ${JSON.stringify(column)}`
        : `the last level of the hierarchy of ${JSON.stringify(column)} has ${root?.labels.length ?? 0} labels, and the hierarchical distance needs one root`,
      'Give a hierarchy that ends in one label for all values.',
    )
  }
  const place = new Map(hierarchy.leaves.map((leaf, i) => [leaf, i]))
  const leafOf = Uint32Array.from(facts.sensitiveValues, (value) => {
    const leaf = place.get(value)
    if (leaf !== undefined) return leaf
    throw new FrostglassError(
      'input',
      `the value ${JSON.stringify(value)} of ${JSON.stringify(column)} is not in its hierarchy`,
      'Add it to the hierarchy.',
    )
  })
  return {
    leafOf,
    leaves: hierarchy.leaves.length,
    parents: parentsOf(hierarchy),
    height: hierarchy.levels.length - 1,
  }
}

function parentsOf(hierarchy: Hierarchy): Parents[] {
  return hierarchy.levels.slice(1).map((level, below) => {
    const children = hierarchy.levels[below]!
    const parentOf = new Uint32Array(children.labels.length)
    level.groupOf.forEach((group, leaf) => {
      parentOf[children.groupOf[leaf]!] = group
    })
    const groups = level.labels.length
    return { parentOf, surplus: new Float64Array(groups), lack: new Float64Array(groups) }
  })
}
