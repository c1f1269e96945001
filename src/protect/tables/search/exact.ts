// The best node of a lattice, for certain: by rising lower bounds on the loss, and without a look at what cannot pass.
// Source: best-first search; tags and binary search on upward paths as in Flash (Kohlmayer et al. 2012) and OLA (El Emam et al. 2009).
// A node is skipped only for what its models promise: that it fails with a node above (absorbing models; unions, without
// suppression), or that its loss is bounded. So it is exact with and without suppression, for models that promise nothing, too.

import { compareLoss } from '../quality/aggregate.ts'
import type { QualityLoss } from '../quality.ts'
import { compareLevels, type Lattice, latticeOf } from './lattice.ts'
import type { ReadyProblem } from './problem.ts'
import { createRun, type Run, type SearchControl } from './run.ts'

/** What is known of a node. */
const open = 0
const visited = 1
const fails = 2
const noBetter = 3

/** Beyond as many nodes a search takes too long, and its tags too much memory. */
export const mostExactNodes = 2_000_000

/** Searches all of the lattice. */
export async function searchExactly(problem: ReadyProblem, control: SearchControl): Promise<Run> {
  const lattice = latticeOf(problem.heights)
  const run = createRun(problem, lattice.size, control)
  const tags = new Uint8Array(lattice.size)
  const bounds = boundsOf(problem, lattice)
  const order = orderOf(lattice, bounds)
  const walks =
    problem.ready.some(({ model }) => model.absorbing) ||
    (problem.most === 0 && problem.ready.every(({ model, tablePasses }) => model.monotone && !tablePasses))
  /** How a node's bound compares with the least loss so far: above it, there is nothing to find. */
  const hope = (node: number) => {
    const best = run.best()
    if (!best || !bounds) return -1
    const bound = compareLoss(bounds[node]!, best.loss)
    // Of one loss what suppresses fewer rows is wanted, then the lower node.
    if (bound !== 0 || best.suppressed > 0) return bound || -1
    return Math.min(0, compareLevels(lattice.levelsOf(node), best.levels))
  }

  /** Looks at a node, and tags what follows. @returns whether nodes below may pass */
  function look(node: number): boolean {
    const levels = lattice.levelsOf(node)
    const { checked, loss } = run.visit(levels)
    tags[node] = visited
    if (checked.failsBelow) spread(lattice, tags, node, -1, fails)
    const best = run.best()
    const bound = best && problem.prepared.boundAt?.(levels, checked.classes)
    // Above a node that passes, and suppresses nothing, nothing of its own loss comes before it.
    const own = loss === undefined || !bound ? -1 : compareLoss(bound, loss)
    if (bound && (compareLoss(bound, best.loss) > 0 || own > 0 || (own === 0 && checked.suppressed === 0)))
      spread(lattice, tags, node, 1, noBetter)
    return !checked.failsBelow
  }

  /** Settles a node by the highest node on a way up that tells something of it. */
  async function walk(node: number, settled: number): Promise<void> {
    const way = wayUp(lattice, tags, bounds, node)
    let low = 0
    let high = way.length - 1
    while (low < high && tags[node] === open) {
      await run.pause(settled)
      const middle = (low + high) >> 1
      if (tags[way[middle]!] === visited || look(way[middle]!)) high = middle
      else low = middle + 1
    }
    if (tags[node] === open) look(node)
  }

  for (let i = 0; i < order.length; i++) {
    const node = order[i]!
    const better = hope(node)
    if (better > 0) break
    if (better === 0 || tags[node] !== open) continue
    if (walks) await walk(node, i)
    else look(node)
    await run.pause(i)
  }
  return run
}

/** [nodes] lower bounds of the losses, or nothing where the quality model has none. */
function boundsOf({ prepared }: ReadyProblem, lattice: Lattice): readonly QualityLoss[] | undefined {
  if (!prepared.boundOf) return undefined
  const bounds: QualityLoss[] = new Array(lattice.size)
  for (let node = 0; node < lattice.size; node++) bounds[node] = prepared.boundOf(lattice.levelsOf(node))
  return bounds
}

/** Nodes by rising bounds, then by the sum of their levels, then by levels. */
function orderOf(lattice: Lattice, bounds: readonly QualityLoss[] | undefined): Uint32Array {
  const sums = new Uint16Array(lattice.size)
  for (let node = 0; node < lattice.size; node++)
    for (let j = 0; j < lattice.heights.length; j++)
      sums[node]! += Math.floor(node / lattice.steps[j]!) % (lattice.heights[j]! + 1)
  return Uint32Array.from({ length: lattice.size }, (_, node) => node).sort(
    (a, b) => (bounds ? compareLoss(bounds[a]!, bounds[b]!) : 0) || sums[a]! - sums[b]! || a - b,
  )
}

/** Settles all nodes below (-1) or above (1) a node; what has the tag had all beyond it settled before. */
function spread(
  { heights, steps }: Lattice,
  tags: Uint8Array,
  from: number,
  step: 1 | -1,
  tag: number,
): void {
  const left = [from]
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    for (let j = 0; j < heights.length; j++) {
      const level = Math.floor(node / steps[j]!) % (heights[j]! + 1)
      if (step === 1 ? level === heights[j] : level === 0) continue
      const next = node + step * steps[j]!
      if (tags[next] === tag) continue
      tags[next] = tag
      left.push(next)
    }
  }
}

/** A way from a node to the top, over open nodes, by the least bounds. */
function wayUp(
  { heights, steps }: Lattice,
  tags: Uint8Array,
  bounds: readonly QualityLoss[] | undefined,
  node: number,
): readonly number[] {
  const way = [node]
  for (let at = node; ; ) {
    let next = -1
    for (let j = 0; j < heights.length; j++) {
      if (Math.floor(at / steps[j]!) % (heights[j]! + 1) === heights[j]) continue
      const candidate = at + steps[j]!
      if (tags[candidate] === fails || tags[candidate] === noBetter) continue
      if (next < 0 || (bounds && compareLoss(bounds[candidate]!, bounds[next]!) < 0)) next = candidate
    }
    if (next < 0) return way
    way.push(next)
    at = next
  }
}
