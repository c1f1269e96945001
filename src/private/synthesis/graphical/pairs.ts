// What a model says of every pair of columns, also of two that no clique holds.
// Source: Koller and Friedman 2009, 10.3.3 (out-of-clique queries, along the tree from separator to separator).
// All pairs together take about as long as one round of the fit.

import { cellsOf, gathered, marginal, projection, type Sizes, union } from './factor.ts'
import type { Beliefs } from './fit.ts'

/** Of columns a < b the table of [a, b]. */
export type PairTables = (a: number, b: number) => Float64Array

/** The tables of all pairs of columns. */
export function pairTables({ tree, cliques }: Beliefs, sizes: Sizes): PairTables {
  const tables = new Map<number, Float64Array>()
  const neighbours = tree.cliques.map((_, c) =>
    [...tree.parents.keys()].filter((i) => tree.parents[i] === c || tree.parents[c] === i),
  )
  const separatorOf = (a: number, b: number) => tree.separators[tree.parents[a] === b ? a : b]!
  /** Given a separator, the clique's table over it and further columns, as rows that sum up to 1. */
  const known = new Map<string, Float64Array>()
  const given = (c: number, separator: readonly number[], further: readonly number[]): Float64Array => {
    const name = `${c}|${separator}|${further}`
    let rows = known.get(name)
    if (rows === undefined) {
      rows = ordered(cliques[c]!, tree.cliques[c]!, separator, further, sizes)
      const width = cellsOf(further, sizes)
      for (let from = 0; from < rows.length; from += width) {
        let sum = 0
        for (let i = from; i < from + width; i++) sum += rows[i]!
        if (sum > 0) for (let i = from; i < from + width; i++) rows[i]! /= sum
      }
      known.set(name, rows)
    }
    return rows
  }
  for (const [column, size] of sizes.entries()) {
    const home = tree.cliques.findIndex((clique) => clique.includes(column))
    const seen = new Set([column])
    /** @param table [column's codes × separator's cells] what is known on the way in; none at home */
    const visit = (c: number, from: number, table: Float64Array | undefined): void => {
      const into = table ? separatorOf(c, from) : []
      const told = (part: readonly number[]): Float64Array => {
        if (!table) return ordered(cliques[c]!, tree.cliques[c]!, [column], part, sizes)
        return multiplied(table, given(c, into, part), size)
      }
      for (const other of tree.cliques[c]!) {
        if (seen.has(other)) continue
        seen.add(other)
        if (other > column) tables.set(column * sizes.length + other, told([other]))
      }
      for (const next of neighbours[c]!) if (next !== from) visit(next, c, told(separatorOf(next, c)))
    }
    visit(home, -1, undefined)
  }
  return (a, b) => tables.get(a * sizes.length + b)!
}

/** [cells of `first` × cells of `then`] a clique's table, summed over the rest; the two may share columns. */
function ordered(
  values: Float64Array,
  columns: readonly number[],
  first: readonly number[],
  then: readonly number[],
  sizes: Sizes,
): Float64Array {
  const both = union(first, then)
  const sums = marginal(values, columns, both, sizes)
  const rows = projection(both, first, sizes)
  const places = projection(both, then, sizes)
  const width = cellsOf(then, sizes)
  const map = rows.map((row, i) => row * width + places[i]!)
  return gathered(sums, map, cellsOf(first, sizes) * width)
}

/** [size × inner] times [inner × width]. */
function multiplied(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const inner = a.length / size
  const width = b.length / inner
  const result = new Float64Array(size * width)
  for (let i = 0; i < size; i++)
    for (let k = 0; k < inner; k++) {
      const factor = a[i * inner + k]!
      if (factor === 0) continue
      for (let j = 0, to = i * width, from = k * width; j < width; j++) result[to++]! += factor * b[from++]!
    }
  return result
}
