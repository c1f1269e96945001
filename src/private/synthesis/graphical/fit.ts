// The model of most entropy under noisy tables: each measured bin pulls as much as its noise allows, and no more.
// Source: Dudík, Phillips and Schapire 2007 (maximum entropy with an ℓ2² penalty on the dual); Jiroušek and Přeučil 1995
// (iterative proportional fitting on a junction tree, one pass of messages a round).
// It does not promise the truth: between what was measured it takes columns to be independent.

import type { Turn } from '../../../learn/pauses.ts'
import { cellsOf, gathered, projection, type Sizes } from './factor.ts'
import { cliqueWith, type JunctionTree, junctionTree } from './junctionTree.ts'

/** One table that was counted under noise. */
export interface Measurement {
  readonly columns: readonly number[]
  /** [cells of the columns] which bin each cell is counted in. */
  readonly bins: Int32Array
  /** [bins] noisy counts. */
  readonly counts: Float64Array
  /** σ² of the noise of each count. */
  readonly variance: number
  /** [bins] logarithms of the base that entropy is relative to; 0 unless given. */
  readonly base?: Float64Array | undefined
}

/** A joint distribution over all columns, times a number of rows: what cliques believe, agreed on their separators. */
export interface Beliefs {
  readonly tree: JunctionTree
  /** Of each clique its cells; they sum up to the rows. */
  readonly cliques: readonly Float64Array[]
}

/** A model with the pull of each measurement, from which a fit goes on. */
export interface Fitted extends Beliefs {
  /** Of each measurement, of each bin, the logarithm by which it raises its cells. */
  readonly pulls: readonly Float64Array[]
}

/**
 * Wright's omega: the w > 0 with w + log w = z.
 * Newton's steps from a start that is right to a tenth; three leave a relative error below 1e-12.
 */
export function omega(z: number): number {
  if (z < -30) return Math.exp(z)
  let w = z > 1 ? z - Math.log(z) + Math.log(z) / z : Math.exp(z) / (1 + Math.exp(z) * 0.6)
  for (let i = 0; i < 4; i++) {
    // On log w, where the function is nearly straight for small w; steps keep w positive.
    w *= Math.exp((z - w - Math.log(w)) / (1 + w))
  }
  return w
}

/** A measurement within its clique. */
interface Placed {
  readonly measurement: Measurement
  /** Variance of its noise over the spread: the larger, the less it pulls. */
  readonly weight: number
  readonly pull: Float64Array
  /** [cells of the clique] the bin of each. */
  readonly map: Int32Array
}

/** The edge from a clique to its parent. */
interface Edge {
  readonly up: Int32Array
  readonly down: Int32Array
  readonly belief: Float64Array
}

/** How to fit. */
export interface FitOptions {
  /** About how many rows there are: where the climb starts. */
  readonly rows: number
  /** How often every measurement has its turn. */
  readonly rounds: number
  /** Variance of what is counted about what entropy makes of the rest, over its mean; the larger, the closer to the counts. */
  readonly spread: number
  /** Pulls of a fit to the first of these measurements: the climb goes on from there. */
  readonly before?: readonly Float64Array[] | undefined
  /** Lets others have the thread between rounds. */
  readonly turn?: Turn | undefined
}

/**
 * Fits the model to the measurements: the joint p that minimises Σ p log p − p + Σ (counts − p's bins)² / 2 weight, rows in all
 * counted with the rest. Each measurement in turn takes the pull that is best for the others' (the dual is concave, so rounds
 * climb to the one optimum).
 * @throws FrostglassError `aborted`
 */
export async function fit(
  measurements: readonly Measurement[],
  sizes: Sizes,
  { rows, rounds, spread, before = [], turn: pause }: FitOptions,
): Promise<Fitted> {
  const tree = junctionTree(
    measurements.map(({ columns }) => columns),
    sizes,
  )
  const pulls = measurements.map(({ counts }, i) => before[i]?.slice() ?? new Float64Array(counts.length))
  const placed: Placed[][] = tree.cliques.map(() => [])
  measurements.forEach((measurement, i) => {
    const clique = cliqueWith(tree, measurement.columns)
    const map = projection(tree.cliques[clique]!, measurement.columns, sizes)
    for (let k = 0; k < map.length; k++) map[k] = measurement.bins[map[k]!]!
    placed[clique]!.push({ measurement, weight: measurement.variance / spread, pull: pulls[i]!, map })
  })
  const cliques = tree.cliques.map((columns, c) => potential(cellsOf(columns, sizes), placed[c]!))
  const edges = tree.cliques.map((columns, c): Edge | undefined => {
    const separator = tree.separators[c]!
    const parent = tree.cliques[tree.parents[c]!]
    if (parent === undefined) return undefined
    const belief = new Float64Array(cellsOf(separator, sizes))
    return { up: projection(columns, separator, sizes), down: projection(parent, separator, sizes), belief }
  })
  calibrate(tree, cliques, edges, rows)
  for (let round = 0; round < rounds; round++) {
    const due = pause?.()
    if (due) await due
    if (tour(tree, cliques, edges, placed) < STILL) break
  }
  // The walker ends at the root: what was said there last is told to all.
  for (const [c, clique] of cliques.entries()) {
    const edge = edges[c]
    if (edge) send(cliques[tree.parents[c]!]!, edge.down, clique, edge.up, edge.belief)
  }
  return { tree, cliques, pulls }
}

/** The sum of the pulls, and of the base, on each cell: logarithms. */
function potential(cells: number, placed: readonly Placed[]): Float64Array {
  const values = new Float64Array(cells)
  for (const { measurement, pull, map } of placed) {
    const log = pull.map((x, bin) => x + (measurement.base?.[bin] ?? 0))
    for (let i = 0; i < cells; i++) values[i]! += log[map[i]!]!
  }
  return values
}

/**
 * Turns logarithms of potentials into beliefs that agree and sum up to `rows`. On the way up all stays logarithms: products of
 * many potentials would leave the range of doubles. Parents stand before their children.
 */
function calibrate(
  { parents }: JunctionTree,
  cliques: readonly Float64Array[],
  edges: readonly (Edge | undefined)[],
  rows: number,
): void {
  for (let c = cliques.length - 1; c >= 0; c--) {
    const edge = edges[c]
    const clique = cliques[c]!
    const log = logSums(clique, edge?.up, edge?.belief.length ?? 1)
    for (let i = 0; i < clique.length; i++) clique[i]! -= log[edge ? edge.up[i]! : 0]!
    const parent = cliques[parents[c]!]
    if (edge && parent) for (let i = 0; i < parent.length; i++) parent[i]! += log[edge.down[i]!]!
  }
  // Now each clique is the logarithm of its cells given its separator.
  for (const [c, clique] of cliques.entries()) {
    const edge = edges[c]
    if (edge) edge.belief.set(gathered(cliques[parents[c]!]!, edge.down, edge.belief.length))
    for (let i = 0; i < clique.length; i++)
      clique[i] = Math.exp(clique[i]!) * (edge ? edge.belief[edge.up[i]!]! : rows)
  }
}

/** log Σ exp of the cells that fall on each place. */
function logSums(values: Float64Array, map: Int32Array | undefined, length: number): Float64Array {
  const most = new Float64Array(length).fill(Number.NEGATIVE_INFINITY)
  for (let i = 0; i < values.length; i++) {
    const place = map ? map[i]! : 0
    if (values[i]! > most[place]!) most[place] = values[i]!
  }
  const sums = new Float64Array(length)
  for (let i = 0; i < values.length; i++) {
    const place = map ? map[i]! : 0
    sums[place]! += Math.exp(values[i]! - most[place]!)
  }
  return sums.map((sum, place) => most[place]! + Math.log(sum))
}

/** Rows below this are none: their ratios to others would leave the range of doubles. */
const NOTHING = 1e-200

/** Tells one clique what another believes of the columns that both have. */
function send(
  from: Float64Array,
  fromMap: Int32Array,
  to: Float64Array,
  toMap: Int32Array,
  belief: Float64Array,
): void {
  const fresh = gathered(from, fromMap, belief.length)
  for (let i = 0; i < belief.length; i++) {
    const old = belief[i]!
    belief[i] = fresh[i]!
    fresh[i] = old > NOTHING ? fresh[i]! / old : 0
  }
  for (let i = 0; i < to.length; i++) to[i]! *= fresh[toMap[i]!]!
}

/** A round that raises or lowers no bin by more than this share of it is the last. */
const STILL = 1e-6

/**
 * One round: a walk over the tree that gives each measurement its turn where the walker stands, which alone is up to date.
 * @returns the most that a bin moved, as a logarithm
 */
function tour(
  tree: JunctionTree,
  cliques: readonly Float64Array[],
  edges: readonly (Edge | undefined)[],
  placed: readonly (readonly Placed[])[],
): number {
  let most = 0
  const children = tree.cliques.map((_, c) => [...tree.parents.keys()].filter((i) => tree.parents[i] === c))
  const visit = (c: number): void => {
    for (const one of placed[c]!) most = Math.max(most, turn(cliques[c]!, one))
    for (const child of children[c]!) {
      const { up, down, belief } = edges[child]!
      send(cliques[c]!, down, cliques[child]!, up, belief)
      visit(child)
      send(cliques[child]!, up, cliques[c]!, down, belief)
    }
  }
  visit(0)
  return most
}

/** The best pull of one measurement: in each bin x e^δ = y − weight (pull + δ), which Wright's omega solves. @returns the most that a bin moved, as a logarithm */
function turn(clique: Float64Array, { measurement, weight, pull, map }: Placed): number {
  let most = 0
  const { counts } = measurement
  const ratio = gathered(clique, map, counts.length)
  for (let bin = 0; bin < ratio.length; bin++) {
    const x = ratio[bin]!
    if (!(x > NOTHING)) {
      ratio[bin] = 1
      continue
    }
    const y = counts[bin]! / weight
    const better = omega(Math.log(x / weight) - pull[bin]! + y)
    ratio[bin] = (weight * better) / x
    most = Math.max(most, Math.abs(Math.log(ratio[bin]!)))
    pull[bin] = y - better
  }
  for (let i = 0; i < clique.length; i++) clique[i]! *= ratio[map[i]!]!
  return most
}
