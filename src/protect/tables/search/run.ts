// What every way of searching shares: looks at nodes, keeps the best, says how far it is, and stops when asked to.
// Source: docs/tables.md.

import { throwIfAborted } from '../../../errors.ts'
import { compareLoss } from '../quality/aggregate.ts'
import type { QualityLoss } from '../quality.ts'
import { type Checked, type Checker, createChecker } from './check.ts'
import { compareLevels } from './lattice.ts'
import type { ReadyProblem } from './problem.ts'

/** How a search is going. */
export interface SearchProgress {
  /** Nodes looked at. */
  readonly checked: number
  /** Nodes of the lattice that are settled, looked at or not; of `nodes`. */
  readonly settled: number
  readonly nodes: number
  /** The least loss so far. */
  readonly loss?: QualityLoss | undefined
}

/** What a caller may say to a search. */
export interface SearchControl {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined
}

/** A node that passes, its loss, and the rows that it suppresses. */
export interface Found {
  readonly levels: readonly number[]
  readonly loss: QualityLoss
  readonly suppressed: number
}

/** A node that was looked at. */
export interface Visit {
  readonly checked: Checked
  /** Of a node that passes. */
  readonly loss?: QualityLoss | undefined
}

/** A search on its way. */
export interface Run {
  readonly problem: ReadyProblem
  /** Looks at a node, and keeps it where it is the best. */
  visit(levels: readonly number[]): Visit
  best(): Found | undefined
  /** Looks at a node without counting it. */
  readonly check: Checker['check']
  visits(): number
  /** To be awaited now and then: lets others have the thread. @throws FrostglassError `aborted` */
  pause(settled: number): Promise<void>
}

// The thread is given away this often.
const milliseconds = 40

export function createRun(problem: ReadyProblem, nodes: number, control: SearchControl): Run {
  const checker = createChecker(problem)
  let best: Found | undefined
  let visits = 0
  let last = performance.now()
  return {
    problem,
    visit(levels) {
      visits++
      const checked = checker.check(levels)
      if (!checked.passes) return { checked }
      const loss = [...problem.prepared.lossOf(levels, checked.classes)]
      const { suppressed } = checked
      // Of one loss what leaves fewest rows out.
      const order = best
        ? compareLoss(loss, best.loss) || suppressed - best.suppressed || compareLevels(levels, best.levels)
        : -1
      if (order < 0) best = { levels, loss, suppressed }
      return { checked, loss }
    },
    best: () => best,
    check: checker.check,
    visits: () => visits,
    async pause(settled) {
      if (performance.now() - last < milliseconds) return
      throwIfAborted(control.signal)
      control.onProgress?.({ checked: visits, settled, nodes, loss: best?.loss })
      await new Promise((resolve) => setImmediate(resolve))
      throwIfAborted(control.signal)
      last = performance.now()
    },
  }
}
