// The classes of a node: distinct rows, or the classes of a node below, put together where their labels are equal.
// Source: docs/tables.md; roll-up as in Incognito (LeFevre et al. 2005). Keys are mixed-radix numbers, as in numberRows.ts.
// Classes are numbered by their first distinct row, so that they come out the same whatever they were rolled up from.

import type { DistinctRows } from '../codedTable.ts'
import type { Hierarchy } from '../hierarchy.ts'
import type { Numberer } from '../numberRows.ts'

/** How rows of a class are spread over the values of a sensitive column: pairs of class c lie from `from[c]` to `from[c + 1]`. */
export interface Spread {
  readonly from: Uint32Array
  /** Codes, rising within a class. */
  readonly values: Uint32Array
  readonly counts: Float64Array
}

/** Classes of a node. */
export interface Grouping {
  readonly levels: readonly number[]
  readonly count: number
  /** [distinct rows] class of each: made when it is first asked for. */
  classOf(): Uint32Array
  /** [count] a distinct row of each. */
  readonly first: Uint32Array
  readonly rows: Float64Array
  /** [count] rows of the public table; all 0 without one. */
  readonly population: Float64Array
  /** Of the sensitive columns that were asked for, by their places. */
  readonly spreads: Map<number, Spread>
}

/** The grouping at the bottom: distinct rows that are equal in all quasi-identifiers, as they are. */
export function bottomGrouping(
  numberer: Numberer,
  distinct: DistinctRows,
  hierarchies: readonly Hierarchy[],
): Grouping {
  const { count, rows, population } = distinct
  const every = Uint32Array.from({ length: count }, (_, d) => d)
  const each: Grouping = {
    levels: hierarchies.map(() => 0),
    count,
    classOf: () => every,
    first: every,
    rows,
    population: population ?? new Float64Array(count),
    spreads: new Map(
      distinct.sensitive.map((codes, s) => [
        s,
        {
          from: Uint32Array.from({ length: count + 1 }, (_, d) => d),
          values: Uint32Array.from(codes),
          counts: rows,
        },
      ]),
    ),
  }
  return rolledUp(numberer, distinct, hierarchies, each, each.levels)
}

/**
 * Rolls classes up to a node above, or the same.
 * @param levels none below the grouping's
 */
export function rolledUp(
  numberer: Numberer,
  distinct: DistinctRows,
  hierarchies: readonly Hierarchy[],
  below: Grouping,
  levels: readonly number[],
): Grouping {
  const columns = hierarchies.flatMap(({ levels: all }, j) => {
    const { labels, groupOf } = all[levels[j]!]!
    return labels.length === 1 ? [] : [{ codes: distinct.quasi[j]!, groupOf, values: labels.length }]
  })
  const numbering = numberer.number(below.count, columns, below.first)
  const { count, of } = numbering
  const first = new Uint32Array(count)
  for (let c = 0; c < count; c++) first[c] = below.first[numbering.first[c]!]!
  const rows = new Float64Array(count)
  const population = new Float64Array(count)
  for (let b = 0; b < below.count; b++) {
    rows[of[b]!]! += below.rows[b]!
    population[of[b]!]! += below.population[b]!
  }
  const spreads = new Map<number, Spread>()
  const order = below.spreads.size > 0 ? orderBy(of, count) : undefined
  for (const [s, spread] of below.spreads) spreads.set(s, merged(spread, order!, count))
  return { levels, count, classOf: composed(below.classOf, of), first, rows, population, spreads }
}

/** Classes of distinct rows by the classes below; most nodes are never asked, and what is below is let go once one was. */
function composed(below: () => Uint32Array, of: Uint32Array): () => Uint32Array {
  let source: (() => Uint32Array) | undefined = below
  let classOf: Uint32Array
  return () => {
    if (source) classOf = source().map((b) => of[b]!)
    source = undefined
    return classOf
  }
}

/** Members of each group: those of group g lie from `from[g]` to `from[g + 1]`. */
interface Members {
  readonly from: Uint32Array
  readonly members: Uint32Array
}

/** A counting sort. */
function orderBy(of: Uint32Array, count: number): Members {
  const from = new Uint32Array(count + 1)
  for (const group of of) from[group + 1]! += 1
  for (let g = 0; g < count; g++) from[g + 1]! += from[g]!
  const next = from.slice()
  const members = new Uint32Array(of.length)
  for (let b = 0; b < of.length; b++) members[next[of[b]!]!++] = b
  return { from, members }
}

/** The spreads of groups from those of their members. */
function merged(spread: Spread, { from: groupFrom, members }: Members, count: number): Spread {
  const values: number[] = []
  const counts: number[] = []
  const from = new Uint32Array(count + 1)
  const sums: number[] = []
  const met: number[] = []
  for (let g = 0; g < count; g++) {
    met.length = 0
    for (let m = groupFrom[g]!; m < groupFrom[g + 1]!; m++) {
      const b = members[m]!
      for (let p = spread.from[b]!; p < spread.from[b + 1]!; p++) {
        const value = spread.values[p]!
        if (!(sums[value]! > 0)) {
          sums[value] = 0
          met.push(value)
        }
        sums[value]! += spread.counts[p]!
      }
    }
    met.sort((a, b) => a - b)
    for (const value of met) {
      if (sums[value]! > 0) {
        values.push(value)
        counts.push(sums[value]!)
      }
      sums[value] = 0
    }
    from[g + 1] = values.length
  }
  return { from, values: Uint32Array.from(values), counts: Float64Array.from(counts) }
}
