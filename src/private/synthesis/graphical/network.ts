// A model as a chain of conditionals: each column given some of those before it. This is what is kept, and what rows are drawn from.
// Source: Koller and Friedman 2009, 10.4.2 (a calibrated junction tree as a directed model).
// A column that its clique does not tie to others is drawn by itself.

import { cellsOf, marginal, type Sizes } from './factor.ts'
import type { Beliefs } from './fit.ts'

/** One column given others. */
export interface Conditional {
  readonly column: number
  /** Columns that are drawn before, ascending. */
  readonly parents: readonly number[]
  /** [cells of the parents × codes of the column] rows that are expected, none below 0. */
  readonly expected: Float64Array
}

/** The columns of a model in an order in which each one's parents come before it. */
export function networkOf({ tree, cliques }: Beliefs, sizes: Sizes): Conditional[] {
  const done = new Set<number>()
  const chain: Conditional[] = []
  tree.cliques.forEach((columns, c) => {
    for (const column of columns) {
      if (done.has(column)) continue
      const parents = columns.filter((one) => done.has(one))
      chain.push({ column, parents, expected: given(cliques[c]!, columns, parents, column, sizes) })
      done.add(column)
    }
  })
  return chain
}

/** The clique's table of the parents and the column, the column's codes fastest. */
function given(
  values: Float64Array,
  columns: readonly number[],
  parents: readonly number[],
  column: number,
  sizes: Sizes,
): Float64Array {
  const both = [...parents, column].sort((a, b) => a - b)
  const table = marginal(values, columns, both, sizes)
  const stride = cellsOf(
    both.filter((one) => one > column),
    sizes,
  )
  if (stride === 1) return table
  const size = sizes[column]!
  const turned = new Float64Array(table.length)
  for (let i = 0; i < table.length; i++) {
    const code = Math.floor(i / stride) % size
    const outer = Math.floor(i / (stride * size)) * stride + (i % stride)
    turned[outer * size + code] = table[i]!
  }
  return turned
}
