// Where no node passes: the one for which the fewest rows would have to be suppressed, and which of the models are to blame.
// Source: docs/tables.md. Nodes are looked at from the top down, where fewest are for most models, as many as a few seconds allow.
// A node at which no class is left says nothing: it passes because nothing would be published.

import { FrostglassError } from '../../../errors.ts'
import { type Turn, turnsFor } from '../../../learn/pauses.ts'
import { percentAtMost } from '../../../statistics/figures.ts'
import { createChecker } from './check.ts'
import { compareLevels, neighboursOf } from './lattice.ts'
import type { ReadyProblem } from './problem.ts'

// Distinct rows of all nodes together: some seconds, and all of Adult's lattice.
const mostRows = 3e8
const mostNodes = 50_000

/** A node and its rows to suppress. */
interface Nearest {
  readonly levels: readonly number[]
  readonly suppressed: number
}

/**
 * The error of a search that found nothing: what was asked, what is nearest, and what to change.
 * @param all whether every node was settled
 * @throws FrostglassError `aborted`
 */
export async function noSolution(
  problem: ReadyProblem,
  all: boolean,
  signal: AbortSignal | undefined,
): Promise<FrostglassError> {
  const { models, rows, most } = problem
  const turn = turnsFor(signal)
  const asked = models.map(({ says }) => says).join(' and ')
  const message = `${all ? 'no generalisation' : 'no generalisation that was looked at'} of the ${rows} rows has ${asked} with at most ${most} of them suppressed`
  const { nearest, nodes, whole } = await nearestNode(problem, turn)
  if (nearest === undefined)
    return new FrostglassError(
      'input',
      message,
      `Ask for less: ${await blamed(problem, turn)}. ${extent(nodes, whole)}.`,
    )
  const { levels, suppressed } = nearest
  const share = percentAtMost(suppressed / rows)
  return new FrostglassError(
    'input',
    message,
    `Allow ${share} of the rows to be suppressed, ask for less, or name fewer quasi-identifiers. The nearest (levels ${levels.join(', ')} of the quasi-identifiers) would suppress ${suppressed} ${suppressed === 1 ? 'row' : 'rows'}${await apart(problem, levels, turn)}. ${extent(nodes, whole)}.`,
  )
}

const extent = (nodes: number, whole: boolean) =>
  whole ? `All ${nodes} nodes were looked at` : `The ${nodes} most general nodes were looked at`

/** The node at which something is published and the fewest rows are not. */
async function nearestNode(
  problem: ReadyProblem,
  turn: Turn,
): Promise<{ readonly nearest: Nearest | undefined; readonly nodes: number; readonly whole: boolean }> {
  const { check } = createChecker(problem)
  const { heights, rows, distinct } = problem
  const budget = Math.max(heights.length + 1, Math.min(mostNodes, Math.floor(mostRows / distinct.count)))
  const seen = new Set([heights.join()])
  const waiting: (readonly number[])[] = [heights]
  let nearest: Nearest | undefined
  let nodes = 0
  for (; nodes < waiting.length && nodes < budget; nodes++) {
    await turn()
    const levels = waiting[nodes]!
    for (const below of neighboursOf(levels, heights, -1)) {
      const name = below.join()
      if (seen.has(name) || waiting.length >= budget) continue
      seen.add(name)
      waiting.push(below)
    }
    const { passes, suppressed } = check(levels, rows)
    if (!passes || suppressed === rows) continue
    const order = nearest ? suppressed - nearest.suppressed || compareLevels(levels, nearest.levels) : -1
    if (order < 0) nearest = { levels, suppressed }
  }
  return { nearest, nodes, whole: nodes === heights.reduce((product, height) => product * (height + 1), 1) }
}

/** What each of several models alone would suppress at a node. */
async function apart(problem: ReadyProblem, levels: readonly number[], turn: Turn): Promise<string> {
  if (problem.ready.length < 2) return ''
  const each: string[] = []
  for (const one of problem.ready) {
    await turn()
    const { passes, suppressed } = createChecker({ ...problem, ready: [one] }).check(levels, problem.rows)
    each.push(`${one.model.says} alone ${passes ? suppressed : 'all'}`)
  }
  return ` (${each.join(', ')})`
}

/** Why no number of rows helps: the models that fail though all rows are one class, or all of them. */
async function blamed(problem: ReadyProblem, turn: Turn): Promise<string> {
  const failing: string[] = []
  for (const one of problem.ready) {
    await turn()
    const { passes, suppressed } = createChecker({ ...problem, ready: [one] }).check(
      problem.heights,
      problem.rows,
    )
    if (!passes || suppressed === problem.rows) failing.push(one.model.says)
  }
  return failing.length === 0
    ? 'all rows as one class have each model alone, and no node has all of them, whatever is suppressed'
    : `even all rows as one class do not have ${failing.join(' or ')}, and suppressing rows does not help`
}
