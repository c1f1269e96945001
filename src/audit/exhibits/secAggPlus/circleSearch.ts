// The break of SecAgg+ where every node has two neighbours left: three nodes, four of which one dropped out, any number of them
// with three shares.
// Source: BREAK.md, section 3. Two seeds of one node by a join; from there around the circle, one look-up a node.
// The server follows the protocol. With more neighbours two seeds are not enough: what that costs stands in BREAK.md.

import { FrostglassError } from '../../../errors.ts'
import { maskOf } from './masks.ts'
import { joinPairs } from './pairJoin.ts'
import { type SeenNode, type SeenRound, survivorsOf, withoutToldMasks } from './round.ts'
import { seedAt } from './seedSpace.ts'
import { placesOf, type SeedTable } from './seedTable.ts'
import { minus, plus, weightOf } from './vector.ts'

/** What a search told. */
export interface CircleFound {
  /** Pairs of seeds of the lowest node that its first number left. */
  readonly tried: number
  /** Those that all of its numbers left. */
  readonly pairs: number
  /** By node: weight and weighted parameters as they were before any mask; none unless all fits, all around. */
  readonly vectors: ReadonlyMap<number, Uint32Array>
}

/** A node, its vector without its private mask, and its weight. */
interface Place {
  readonly id: number
  readonly vector: Uint32Array
  readonly weight: number
}

/** Nodes in the order of the circle, from the lowest on. */
function circleOf(round: SeenRound): Place[] {
  const vectors = withoutToldMasks(round)
  const survivors = survivorsOf(round)
  const nodes = new Map(survivors.map((node) => [node.id, node]))
  if (survivors.length < 3 || survivors.some(({ neighbours }) => neighbours.length !== 2))
    throw new FrostglassError('usage', 'this search takes nodes with two neighbours each')
  const start = survivors.reduce((lowest, node) => (node.id < lowest.id ? node : lowest))
  const order: SeenNode[] = [start]
  let [before, at] = [start, nodes.get(start.neighbours[0]!)!]
  while (at !== start) {
    order.push(at)
    const next = at.neighbours.find((id) => id !== before.id)!
    before = at
    at = nodes.get(next)!
  }
  return order.map(({ id, examples }) => ({
    id,
    vector: vectors.get(id)!,
    weight: weightOf(examples, round.settings),
  }))
}

/** A node's vector without the mask that it shares with another: the higher of both added it. */
const without = (vector: Uint32Array, { id }: Place, other: Place, seed: number): Uint32Array =>
  (id > other.id ? minus : plus)(vector, maskOf(seed, vector.length))

/**
 * All nodes' vectors of a round in which each has two neighbours left.
 * @param table of all seeds; a smaller one finds what is in it
 * @throws FrostglassError `usage` where a node has more neighbours, or fewer; `aborted`
 */
export async function openCircle(
  round: SeenRound,
  table: SeedTable,
  signal?: AbortSignal,
): Promise<CircleFound> {
  const { levels } = round.settings
  const circle = circleOf(round)
  const start = circle[0]!
  const fits = ({ weight }: Place, vector: Uint32Array) =>
    vector[0] === weight && vector.every((x) => x <= levels)
  /** Around the circle, from a guess of the first two masks of the lowest node. */
  const walked = (forward: number, backward: number): Map<number, Uint32Array> | undefined => {
    const found = new Map<number, Uint32Array>()
    const first = without(without(start.vector, start, circle[1]!, forward), start, circle.at(-1)!, backward)
    found.set(start.id, first)
    let seed = forward
    for (const [i, node] of circle.entries()) {
      if (i === 0) continue
      const next = circle[(i + 1) % circle.length]!
      const left = without(node.vector, node, circle[i - 1]!, seed)
      const starting = node.id > next.id ? left[0]! - node.weight : node.weight - left[0]!
      const seeds = next === start ? [backward] : placesOf(table, starting >>> 0).map(seedAt)
      const fitting = seeds.filter((one) => fits(node, without(left, node, next, one)))
      if (fitting.length !== 1) return undefined
      seed = fitting[0]!
      found.set(node.id, without(left, node, next, seed))
    }
    return found
  }
  const { tried, fitting } = await joinPairs(
    { table, vector: start.vector, first: start.weight, levels },
    signal,
  )
  // Which of the two masks is which neighbour's, the next vector tells.
  const walks = fitting
    .flatMap(([a, b]) => [walked(seedAt(a), seedAt(b)), walked(seedAt(b), seedAt(a))])
    .filter((walk) => walk !== undefined)
  return { tried, pairs: fitting.length, vectors: walks.length === 1 ? walks[0]! : new Map() }
}
