// Where no node passes: the one for which the fewest rows would have to be suppressed.
// Source: docs/tables.md. Of a large lattice only the upper end is looked at, where fewest are for most models.

import { createChecker } from './check.ts'
import { compareLevels, latticeOf, neighboursOf } from './lattice.ts'
import type { ReadyProblem } from './problem.ts'

// A second or so.
const mostNodes = 5_000

/** A node and its rows to suppress; more than there are where suppression does not help. */
export interface Nearest {
  readonly levels: readonly number[]
  readonly suppressed: number
}

/** @param nodes of the lattice */
export function nearestNode(problem: ReadyProblem, nodes: number): Nearest {
  const { check } = createChecker(problem)
  const lattice = latticeOf(problem.heights)
  const top: readonly (readonly number[])[] = [
    problem.heights,
    ...neighboursOf(problem.heights, problem.heights, -1),
  ]
  const candidates =
    nodes <= mostNodes ? Array.from({ length: nodes }, (_, node) => lattice.levelsOf(node)) : top
  return candidates
    .map((levels) => {
      const { passes, suppressed } = check(levels, problem.rows)
      return { levels, suppressed: passes ? suppressed : problem.rows + 1 }
    })
    .reduce((best, one) =>
      one.suppressed < best.suppressed ||
      (one.suppressed === best.suppressed && compareLevels(one.levels, best.levels) < 0)
        ? one
        : best,
    )
}
