// The classes of a node: distinct rows, or the classes of a node below, put together where their labels are equal.
// Source: docs/tables.md; roll-up as in Incognito (LeFevre et al. 2005). Keys are mixed-radix numbers, as in numberRows.ts.
// Classes are numbered by their first distinct row, so that they come out the same whatever they were rolled up from.

import type { ColumnCodes, DistinctRows } from '../codedTable.ts'
import type { Hierarchy } from '../hierarchy.ts'
import type { Numberer } from '../numberRows.ts'

/** How rows of a class are spread over the values of a sensitive column: pairs of class c lie from `from[c]` to `from[c + 1]`. */
interface Spread {
  readonly from: Uint32Array
  /** Codes, rising within a class. */
  readonly values: ColumnCodes
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
  /** [count, or more] rows of the public table; all 0 without one, in one array for all groupings. */
  readonly population: Float64Array | Uint8Array
  /** How classes are spread over a sensitive column: all of them, made when first asked for. */
  spreadOf(column: number): Spread
  /** The same of one class, put together as it is read. */
  readClass(c: number, column: number, sum: SpreadSum): void
}

/** The grouping at the bottom: distinct rows that are equal in all quasi-identifiers, as they are. */
export function bottomGrouping(
  numberer: Numberer,
  distinct: DistinctRows,
  hierarchies: readonly Hierarchy[],
): Grouping {
  const { count, rows, population } = distinct
  const every = Uint32Array.from({ length: count }, (_, d) => d)
  const ends = Uint32Array.from({ length: count + 1 }, (_, d) => d)
  const each: Grouping = {
    levels: hierarchies.map(() => 0),
    count,
    classOf: () => every,
    first: every,
    rows,
    population: population ?? new Uint8Array(count),
    spreadOf: (column) => ({ from: ends, values: distinct.sensitive[column]!, counts: rows }),
    readClass: (d, column, sum) => sum.add(distinct.sensitive[column]![d]!, rows[d]!),
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
  for (let b = 0; b < below.count; b++) rows[of[b]!]! += below.rows[b]!
  const population = distinct.population ? new Float64Array(count) : below.population
  if (distinct.population) for (let b = 0; b < below.count; b++) population[of[b]!]! += below.population[b]!
  return {
    levels,
    count,
    classOf: composed(below.classOf, of),
    first,
    rows,
    population,
    // What is below is held for this alone.
    ...(distinct.sensitive.length > 0 ? spreading(below, of, count, distinct) : unspread),
  }
}

const unspread: Pick<Grouping, 'spreadOf' | 'readClass'> = {
  spreadOf: () => {
    throw new RangeError('there is no sensitive column')
  },
  readClass: () => {
    throw new RangeError('there is no sensitive column')
  },
}

/** Spreads from those below: of most nodes nobody asks for all of them, since too much of it does not pass. */
function spreading(below: Grouping, of: Uint32Array, count: number, distinct: DistinctRows) {
  const spreads = new Map<number, Spread>()
  let order: Members | undefined
  const readClass: Grouping['readClass'] = (c, column, sum) => {
    order ??= orderBy(of, count)
    const { from, values, counts } = below.spreadOf(column)
    for (let m = order.from[c]!; m < order.from[c + 1]!; m++) {
      const b = order.members[m]!
      for (let p = from[b]!; p < from[b + 1]!; p++) sum.add(values[p]!, counts[p]!)
    }
  }
  const spreadOf: Grouping['spreadOf'] = (column) => {
    const known = spreads.get(column)
    if (known) return known
    let most = 0
    for (const code of distinct.sensitive[column]!) most = Math.max(most, code)
    const sum = createSum(most + 1)
    const pairs = below.spreadOf(column).values.length
    const values = new Uint32Array(pairs)
    const counts = new Float64Array(pairs)
    const from = new Uint32Array(count + 1)
    for (let c = 0, at = 0; c < count; c++) {
      readClass(c, column, sum)
      at = sum.take(values, counts, at)
      from[c + 1] = at
    }
    const end = from[count]!
    const spread = { from, values: values.slice(0, end), counts: counts.slice(0, end) }
    spreads.set(column, spread)
    return spread
  }
  return { spreadOf, readClass }
}

/** Adds up how many rows have each value. */
export interface SpreadSum {
  add(value: number, rows: number): void
  /** Moves out values that have rows, rising, to `at` and on; nothing is left. @returns the place behind them */
  take(values: Uint32Array, counts: Float64Array, at: number): number
}

// Looking through as many sums is quicker than sorting those that were met.
const fewValues = 64

/** @param size how many values there are */
export function createSum(size: number): SpreadSum {
  const sums = new Float64Array(size)
  const met = new Uint32Array(size)
  const isMet = new Uint8Array(size)
  let many = 0
  return {
    add(value, rows) {
      if (isMet[value] === 0) {
        isMet[value] = 1
        met[many++] = value
      }
      sums[value]! += rows
    },
    take(values, counts, at) {
      const put = (value: number) => {
        if (sums[value]! > 0) {
          values[at] = value
          counts[at++] = sums[value]!
        }
        sums[value] = 0
        isMet[value] = 0
      }
      if (size <= fewValues) for (let value = 0; value < size; value++) put(value)
      else for (const value of met.subarray(0, many).sort()) put(value)
      many = 0
      return at
    },
  }
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
