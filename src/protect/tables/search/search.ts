// Searches the lattice of generalisations for the table that loses least, of those that pass all models.
// Source: docs/tables.md; which way it searches is chosen by the lattice's size, or by the caller.
// What it promises of the table is what the models say, held once more from scratch at the end; nothing of who knows more.

import { FrostglassError, throwIfAborted } from '../../../errors.ts'
import { type Turn, turnsFor } from '../../../learn/pauses.ts'
import type { QualityLoss } from '../quality.ts'
import { mostExactNodes, searchExactly } from './exact.ts'
import { type Limits, searchHeuristically } from './heuristic.ts'
import { neighboursOf } from './lattice.ts'
import { noSolution } from './nearest.ts'
import { type ReadyProblem, readyProblem, type SearchProblem } from './problem.ts'
import type { Run, SearchControl } from './run.ts'
import { faultOf } from './verify.ts'

/** How to search. */
export type SearchOptions = SearchControl &
  Limits & {
    /** Default: `exact` up to two million nodes, else `bottom-up`, which stops by its limits. */
    readonly way?: 'exact' | 'bottom-up' | 'top-down' | undefined
  }

/** A node beside the chosen one. */
export interface Neighbour {
  readonly levels: readonly number[]
  readonly passes: boolean
  /** Where it passes. */
  readonly loss?: QualityLoss | undefined
  /** Rows that would be suppressed; where it does not pass, as many as it would take, or no number of them suffices. */
  readonly suppressed: number
}

/** The table to publish. */
export interface SearchResult {
  /** [quasi-identifiers] */
  readonly levels: readonly number[]
  readonly loss: QualityLoss
  /** Whether no node of less loss passes, for certain. */
  readonly optimal: boolean
  /** Rows of the table, and how many of them are suppressed. */
  readonly rows: number
  readonly suppressed: number
  /** Classes that are published. */
  readonly classes: number
  /** Their sizes, rising. */
  readonly sizes: Float64Array
  /** [distinct rows] 1 where a row is published. */
  readonly kept: Uint8Array
  /** Nodes of the lattice, and of those how many were looked at. */
  readonly nodes: number
  readonly checked: number
  readonly neighbours: readonly Neighbour[]
}

/**
 * Finds the table to publish.
 * @throws FrostglassError `input` where no node passes within the suppression limit, naming the nearest; `usage` for a problem
 * that cannot be; `aborted`
 */
export async function searchLattice(
  problem: SearchProblem,
  options: SearchOptions = {},
): Promise<SearchResult> {
  throwIfAborted(options.signal)
  const ready = readyProblem(problem)
  const nodes = ready.heights.reduce((product, height) => product * (height + 1), 1)
  const way = options.way ?? (nodes <= mostExactNodes ? 'exact' : 'bottom-up')
  if (way === 'exact' && nodes > mostExactNodes)
    throw new FrostglassError(
      'usage',
      `the lattice has ${nodes} nodes: an exact search takes ${mostExactNodes} at most`,
      'Search bottom-up or top-down, or take hierarchies of fewer levels.',
    )
  const { run, complete } =
    way === 'exact'
      ? { run: await searchExactly(ready, options), complete: true }
      : await searchHeuristically(ready, way, options, options)
  if (!run.best()) throw await noSolution(ready, complete, options.signal)
  return resultOf(ready, run, { optimal: complete, nodes, turn: turnsFor(options.signal) })
}

async function resultOf(
  problem: ReadyProblem,
  run: Run,
  { optimal, nodes, turn }: { readonly optimal: boolean; readonly nodes: number; readonly turn: Turn },
): Promise<SearchResult> {
  const best = run.best()!
  const { classes, suppressed } = run.check(best.levels)
  await turn()
  const { classOf, count, rows } = classes
  const isKept = (d: number) => classes.kept[classOf[d]!] === 1
  await turn()
  const fault = faultOf(problem, best.levels, isKept)
  if (fault !== undefined) throw new Error(`the search chose ${best.levels}, but ${fault}`)
  const neighbours = await beside(problem, run, best.levels, turn)
  const sizes: number[] = []
  for (let c = 0; c < count; c++) if (classes.kept[c] === 1 && rows[c]! > 0) sizes.push(rows[c]!)
  return {
    levels: best.levels,
    loss: best.loss,
    optimal,
    rows: problem.rows,
    suppressed,
    classes: sizes.length,
    sizes: Float64Array.from(sizes).sort(),
    kept: Uint8Array.from(classOf, (_, d) => (isKept(d) ? 1 : 0)),
    nodes,
    checked: run.visits(),
    neighbours,
  }
}

/** Nodes one level below and above. */
async function beside(
  { heights, rows, prepared }: ReadyProblem,
  run: Run,
  levels: readonly number[],
  turn: Turn,
): Promise<readonly Neighbour[]> {
  const found: Neighbour[] = []
  for (const step of [-1, 1] as const)
    for (const next of neighboursOf(levels, heights, step)) {
      await turn()
      const { passes, suppressed, classes } = run.check(next)
      found.push(
        passes
          ? { levels: next, passes, suppressed, loss: prepared.lossOf(next, classes) }
          : { levels: next, passes, suppressed: run.check(next, rows).suppressed },
      )
    }
  return found
}
