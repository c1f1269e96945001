// Which columns must be looked at together, and in what tree: a junction tree of the columns that were measured together.
// Source: Koller and Friedman 2009, 9.4 and 10.4 (elimination by the least new weight; maximum spanning tree of separators).
// The elimination order is greedy: a smaller tree may exist.

import { cellsOf, type Sizes, within } from './factor.ts'

/** Cliques, each but the first joined to one before it. */
export interface JunctionTree {
  /** Columns of each clique, ascending. */
  readonly cliques: readonly (readonly number[])[]
  /** Of each clique the one before it that it hangs on, −1 of the first. One that shares nothing hangs on the first by no column. */
  readonly parents: readonly number[]
  /** Columns that a clique shares with its parent. */
  readonly separators: readonly (readonly number[])[]
}

/** Maximal cliques of a triangulation of the graph in which columns that were measured together are joined. */
function maximalCliques(measured: readonly (readonly number[])[], sizes: Sizes): number[][] {
  const near = sizes.map((_, column) => new Set([column]))
  for (const group of measured) for (const a of group) for (const b of group) near[a]!.add(b)
  const left = new Set(sizes.keys())
  const cliques: number[][] = []
  while (left.size > 0) {
    let [best, cells] = [-1, Number.POSITIVE_INFINITY]
    for (const column of left) {
      const made = cellsOf([...near[column]!], sizes)
      if (made < cells) [best, cells] = [column, made]
    }
    const clique = [...near[best]!].sort((a, b) => a - b)
    for (const a of clique) {
      for (const b of clique) near[a]!.add(b)
      near[a]!.delete(best)
    }
    left.delete(best)
    if (!cliques.some((other) => within(clique, other))) cliques.push(clique)
  }
  return cliques
}

/** Cells of all cliques together: what a model over these measurements takes in memory and time. */
export const cellsOfTree = (measured: readonly (readonly number[])[], sizes: Sizes): number =>
  maximalCliques(measured, sizes).reduce((sum, clique) => sum + cellsOf(clique, sizes), 0)

/** The junction tree of measurements. Columns that no measurement joins make components of their own. */
export function junctionTree(measured: readonly (readonly number[])[], sizes: Sizes): JunctionTree {
  const waiting = maximalCliques(measured, sizes)
  const cliques: number[][] = []
  const parents: number[] = []
  const separators: number[][] = []
  // Prim's: the clique that shares most with one that stands already. Where none does, the empty separator still carries how
  // many rows there are.
  while (waiting.length > 0) {
    let [next, parent, shared] = [0, cliques.length === 0 ? -1 : 0, [] as number[]]
    waiting.forEach((clique, i) => {
      cliques.forEach((other, j) => {
        const both = clique.filter((column) => other.includes(column))
        if (both.length > shared.length) [next, parent, shared] = [i, j, both]
      })
    })
    cliques.push(...waiting.splice(next, 1))
    parents.push(parent)
    separators.push(shared)
  }
  return { cliques, parents, separators }
}

/** The first clique that holds these columns. @throws TypeError where none does: they were not measured together */
export function cliqueWith({ cliques }: JunctionTree, columns: readonly number[]): number {
  const found = cliques.findIndex((clique) => within(columns, clique))
  if (found < 0) throw new TypeError(`no clique holds the columns ${columns.join(', ')}`)
  return found
}

/** Of each column the least one that measurements lead to from it. */
export function componentsOf(measured: readonly (readonly number[])[], columns: number): number[] {
  const component = Array.from({ length: columns }, (_, i) => i)
  for (const group of measured) {
    const ids = new Set(group.map((column) => component[column]!))
    const id = Math.min(...ids)
    for (let i = 0; i < columns; i++) if (ids.has(component[i]!)) component[i] = id
  }
  return component
}
