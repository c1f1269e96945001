// A good node of a lattice that is too large to search: best first with bursts of depth first, for as long as it is given.
// Source: Lightning (Prasser et al., Transactions on Data Privacy 9, 2016), from below; and the same from the top.
// It proves nothing unless it comes to an end: there may be a better node that it did not see.

import { compareLoss } from '../quality/aggregate.ts'
import type { QualityLoss } from '../quality.ts'
import { compareLevels, neighboursOf } from './lattice.ts'
import type { ReadyProblem } from './problem.ts'
import { createQueue, type Queue } from './queue.ts'
import { createRun, type Run, type SearchControl } from './run.ts'

/** When a heuristic search stops: after a time, or after so many nodes, which gives the same result on any machine. */
export interface Limits {
  /** Default 30,000 where `nodes` is not given. */
  readonly milliseconds?: number | undefined
  readonly nodes?: number | undefined
}

/** Of so many nodes that are expanded one begins a burst to the end of the lattice. */
const burstEvery = 25

interface Waiting {
  readonly levels: readonly number[]
  /** What nodes are taken by: the loss of the node, were it published as it is. */
  readonly score: QualityLoss
  readonly bound: QualityLoss | undefined
}

/**
 * Searches from the bottom up, or from the top down.
 * @returns the run, and whether all that might be better was seen
 */
export async function searchHeuristically(
  problem: ReadyProblem,
  direction: 'bottom-up' | 'top-down',
  {
    nodes = Number.POSITIVE_INFINITY,
    milliseconds = nodes < Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : 30_000,
  }: Limits,
  control: SearchControl,
): Promise<{ readonly run: Run; readonly complete: boolean }> {
  const { heights, prepared } = problem
  const run = createRun(
    problem,
    heights.reduce((product, height) => product * (height + 1), 1),
    control,
  )
  const step = direction === 'bottom-up' ? 1 : -1
  const seen = new Set<string>()
  const queue: Queue<Waiting> = createQueue(
    (a, b) => compareLoss(a.score, b.score) || compareLevels(a.levels, b.levels),
  )
  const end = performance.now() + milliseconds
  const isOver = () => run.visits() >= nodes || performance.now() >= end

  /** Looks at a node unless it was seen, and has it wait to be expanded. */
  function look(levels: readonly number[]): Waiting | undefined {
    const name = levels.join()
    if (seen.has(name)) return undefined
    seen.add(name)
    const bound = prepared.boundOf?.(levels)
    const best = run.best()
    const hopeless = best !== undefined && bound !== undefined && compareLoss(bound, best.loss) > 0
    // From below all above is no better, either. From above a node without hope may have better ones below it.
    if (hopeless && step === 1) return undefined
    const { checked } = run.visit(levels)
    if (step === -1 && checked.failsBelow) return undefined
    const waiting = { levels, score: [...prepared.lossOf(levels, checked.classes)], bound }
    queue.push(waiting)
    return waiting
  }

  look(heights.map((height) => (step === 1 ? 0 : height)))
  await run.pause(run.visits())
  // The top first: where anything passes for absorbing models, it does, and a bound is there to prune by.
  if (step === 1) look(heights)
  for (let expanded = 1; queue.size() > 0 && !isOver(); expanded++) {
    let at: Waiting | undefined = queue.pop()
    const burst = expanded % burstEvery === 1
    while (at && !isOver()) {
      const best = run.best()
      if (step === 1 && best && at.bound && compareLoss(at.bound, best.loss) > 0) break
      let next: Waiting | undefined
      for (const neighbour of neighboursOf(at.levels, heights, step)) {
        const waiting = look(neighbour)
        await run.pause(run.visits())
        if (waiting && (!next || compareLoss(waiting.score, next.score) < 0)) next = waiting
        if (isOver()) break
      }
      at = burst ? next : undefined
    }
  }
  return { run, complete: queue.size() === 0 && !isOver() }
}
