// A round of Flower's SecAgg+: an honest server and honest nodes, all that the server sees, and what it makes of it.
// Source: flwr 1.42, server/workflow/secure_aggregation/secaggplus_workflow.py. Nobody drops out here.
// What a server that only follows this can see is what foldedSeeds.ts attacks. For this exhibit alone.

import { drawBelow } from '../../../random/integers.ts'
import { shuffle } from '../../../random/order.ts'
import { type RandomSource, systemRandom } from '../../../random/source.ts'
import { maskOfSeed, type OpenKeys, openSecAggPlusNode, type SecAggPlusNode, type Share } from './node.ts'
import { combineShares } from './shares.ts'
import { meanOf, minus, plus, type Settings } from './vector.ts'

/** What a node brings to a round. */
export interface Input {
  readonly id: number
  readonly parameters: ArrayLike<number>
  readonly examples: number
}

/** What the server sees of a node. */
export interface SeenNode {
  readonly id: number
  /** Whom it shares masks with. */
  readonly neighbours: readonly number[]
  /** [1 + parameters], modulo 2^32. */
  readonly masked: Uint32Array
  /** In the clear, beside the masked vector. */
  readonly examples: number
  /** What it answered in the last stage. */
  readonly shares: readonly Share[]
}

/** What the server sees of a round. */
export interface SeenRound {
  readonly settings: Settings
  readonly nodes: readonly SeenNode[]
}

/** Nodes in a circle, each a neighbour of the `shares` − 1 that are nearest. */
function neighboursOf(ids: readonly number[], shares: number): Map<number, number[]> {
  const order = Array.from(shuffle(Int32Array.from(ids.keys()), { below: (n) => drawBelow(n, systemRandom) }))
  const half = Math.floor(shares / 2)
  return new Map(
    order.map((at, place) => {
      const near = new Set<number>()
      for (let offset = -half; offset <= half; offset++)
        near.add(ids[order[(place + offset + half * ids.length) % ids.length]!]!)
      return [ids[at]!, [...near]]
    }),
  )
}

/** Nodes after their third stage, and what the server has of them. */
interface Collected {
  readonly nodes: readonly SecAggPlusNode[]
  /** Of each node, itself among them. */
  readonly neighbours: ReadonlyMap<number, readonly number[]>
  readonly masked: readonly Uint32Array[]
}

/** Stages 1 to 3. @param random what the nodes' numbers are rounded by */
export function collectRound(settings: Settings, inputs: readonly Input[], random: RandomSource): Collected {
  const nodes = inputs.map(({ id }) => openSecAggPlusNode(id, settings, random))
  const neighbours = neighboursOf(
    inputs.map(({ id }) => id),
    settings.shares,
  )
  const keys = new Map<number, OpenKeys>(nodes.map(({ id, keys }) => [id, keys]))
  const tokens = new Map(
    nodes.map((node) => {
      const near = neighbours.get(node.id)!.map((id) => [id, keys.get(id)!] as const)
      return [node.id, node.shareKeys(new Map(near))]
    }),
  )
  const vectors = nodes.map((node, i) => {
    const near = neighbours.get(node.id)!.filter((id) => id !== node.id)
    const sent = near.map((id) => [id, tokens.get(id)!.get(node.id)!] as const)
    return node.maskedVector(new Map(sent), inputs[i]!.parameters, inputs[i]!.examples)
  })
  return { nodes, neighbours, masked: vectors }
}

/** A whole round, as its server sees it. @param random what the nodes' numbers are rounded by */
export function seenRound(settings: Settings, inputs: readonly Input[], random: RandomSource): SeenRound {
  const { nodes, neighbours, masked } = collectRound(settings, inputs, random)
  return {
    settings,
    nodes: nodes.map((node, i) => {
      const near = neighbours.get(node.id)!
      return {
        id: node.id,
        neighbours: near.filter((id) => id !== node.id),
        masked: masked[i]!,
        examples: inputs[i]!.examples,
        shares: node.unmask(near, []),
      }
    }),
  }
}

/** The secret of which a round's answers hold enough shares. */
function secretOf(of: number, { nodes, settings }: SeenRound): Uint8Array {
  const shares = nodes.flatMap((node) => node.shares.filter((one) => one.of === of))
  return combineShares(shares.slice(0, settings.threshold).map(({ share }) => share))
}

/** What is left of each node's vector when its private mask is off: the protocol has the server take it off. */
export const withoutPrivateMasks = (round: SeenRound): ReadonlyMap<number, Uint32Array> =>
  new Map(
    round.nodes.map(({ id, masked }) => [id, minus(masked, maskOfSeed(secretOf(id, round), masked.length))]),
  )

/** The weighted mean that the round is for. */
export function meanOfRound(round: SeenRound): Float64Array {
  const sum = [...withoutPrivateMasks(round).values()].reduce(plus)
  return meanOf(sum, round.nodes.length, round.settings)
}
