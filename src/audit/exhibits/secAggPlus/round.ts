// A round of Flower's SecAgg+: an honest server and honest nodes, all that the server sees, and what it makes of it.
// Source: flwr 1.42, server/workflow/secure_aggregation/secaggplus_workflow.py. Nobody drops out here.
// What a server that only follows this can see is what foldedSeeds.ts attacks. For this exhibit alone.

import { drawBelow } from '../../../random/integers.ts'
import { shuffle } from '../../../random/order.ts'
import { type RandomSource, systemRandom } from '../../../random/source.ts'
import { agreedKey, type KeyPair } from './keys.ts'
import { maskOfSeed, type OpenKeys, openSecAggPlusNode, type SecAggPlusNode, type Share } from './node.ts'
import { combineShares } from './shares.ts'
import { meanOf, minus, plus, type Settings } from './vector.ts'

/** What a node brings to a round. */
export interface Input {
  readonly id: number
  readonly parameters: ArrayLike<number>
  readonly examples: number
  /** For masks; new ones if absent. */
  readonly keys?: KeyPair | undefined
}

/** What the server sees of a node. */
export interface SeenNode {
  readonly id: number
  /** Its public keys: for masks, and for seals. */
  readonly keys: OpenKeys
  /** Whom it shares masks with. */
  readonly neighbours: readonly number[]
  /** [1 + parameters], modulo 2^32; empty where the node dropped out after it had sent its shares. */
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
function collectRound(settings: Settings, inputs: readonly Input[], random: RandomSource): Collected {
  const nodes = inputs.map(({ id, keys }) => openSecAggPlusNode(id, settings, random, keys))
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

/** Whom a server calls alive and whom dead, when it asks a node for its shares. */
export type Lists = (near: readonly number[]) => {
  readonly active: readonly number[]
  readonly dead: readonly number[]
}

const honest: Lists = (near) => ({ active: near, dead: [] })

/**
 * A whole round, as its server sees it.
 * @param random what the nodes' numbers are rounded by
 * @param lists an honest server's by default
 */
export function seenRound(
  settings: Settings,
  inputs: readonly Input[],
  random: RandomSource,
  lists: Lists = honest,
): SeenRound {
  const { nodes, neighbours, masked } = collectRound(settings, inputs, random)
  return {
    settings,
    nodes: nodes.map((node, i) => {
      const near = neighbours.get(node.id)!
      const { active, dead } = lists(near)
      return {
        id: node.id,
        keys: node.keys,
        neighbours: near.filter((id) => id !== node.id),
        masked: masked[i]!,
        examples: inputs[i]!.examples,
        shares: node.unmask(active, dead),
      }
    }),
  }
}

/** The secret of which a round's answers hold enough shares. */
function secretOf(of: number, { nodes, settings }: SeenRound): Uint8Array {
  const shares = nodes.flatMap((node) => node.shares.filter((one) => one.of === of))
  return combineShares(shares.slice(0, settings.threshold).map(({ share }) => share))
}

/** Nodes whose vectors came, each with those of its neighbours whose vectors came too. */
export function survivorsOf({ nodes }: SeenRound): SeenNode[] {
  const alive = nodes.filter(({ masked }) => masked.length > 0)
  const ids = new Set(alive.map(({ id }) => id))
  return alive.map((node) => ({ ...node, neighbours: node.neighbours.filter((id) => ids.has(id)) }))
}

/**
 * What is left of each vector when everything is off that the protocol has the server take off: its node's private mask, and the
 * masks that the node shares with those who dropped out, of whom it is given the keys.
 */
export function withoutToldMasks(round: SeenRound): ReadonlyMap<number, Uint32Array> {
  const survivors = survivorsOf(round)
  const gone = round.nodes.filter(({ masked }) => masked.length === 0).map(({ id }) => id)
  const keys = new Map(gone.map((id) => [id, Buffer.from(secretOf(id, round)).toString()]))
  const neighbours = new Map(round.nodes.map((node) => [node.id, node.neighbours]))
  return new Map(
    survivors.map(({ id, keys: [open], masked }) => {
      let vector = minus(masked, maskOfSeed(secretOf(id, round), masked.length))
      for (const [other, key] of keys)
        if (neighbours.get(id)!.includes(other))
          vector = (id > other ? minus : plus)(vector, maskOfSeed(agreedKey(key, open), masked.length))
      return [id, vector]
    }),
  )
}

/** The weighted mean that the round is for. */
export function meanOfRound(round: SeenRound): Float64Array {
  const vectors = [...withoutToldMasks(round).values()]
  return meanOf(vectors.reduce(plus), vectors.length, round.settings)
}
