// A node of Flower's SecAgg+: four stages, and the checks that it makes in each, no more and no fewer.
// Source: flwr 1.42, client/mod/secure_aggregation/secaggplus_mod.py.
// BROKEN twice, see BREAK.md: by what its masks are drawn from, and by what it answers in the last stage. For this exhibit alone.

import { randomBytes } from 'node:crypto'
import { FrostglassError } from '../../../errors.ts'
import type { RandomSource } from '../../../random/source.ts'
import { agreedKey, drawKeyPair, type KeyPair, seal, unseal } from './keys.ts'
import { foldedSeed, maskOf } from './masks.ts'
import { createShares } from './shares.ts'
import { minus, plus, type Settings, weightedGrid } from './vector.ts'

/** Two public keys of a node: for masks, and for what is sealed. */
export type OpenKeys = readonly [string, string]

/** A share, and whose secret it is of. */
export interface Share {
  readonly of: number
  readonly share: Uint8Array
}

/** A node in one round. Its stages go in order, once. */
export interface SecAggPlusNode {
  readonly id: number
  /** Stage 1. */
  readonly keys: OpenKeys
  /** Stage 2: from the neighbours' keys, its own among them, to a token for each neighbour. */
  shareKeys(keys: ReadonlyMap<number, OpenKeys>): ReadonlyMap<number, string>
  /** Stage 3: from the neighbours' tokens to what it sends of its update. */
  maskedVector(
    tokens: ReadonlyMap<number, string>,
    parameters: ArrayLike<number>,
    examples: number,
  ): Uint32Array
  /** Stage 4: shares of the private seeds of `active` nodes, and of the mask keys of `dead` ones. */
  unmask(active: readonly number[], dead: readonly number[]): Share[]
}

const refused = (what: string) => new FrostglassError('input', `a node of SecAgg+ ends the round: ${what}`)

/** The bytes of a text. */
const bytesOf = (text: string) => new TextEncoder().encode(text)

/** A mask of a seed of bytes or of a text. */
export const maskOfSeed = (seed: Uint8Array | string, length: number): Uint32Array =>
  maskOf(foldedSeed(typeof seed === 'string' ? bytesOf(seed) : seed), length)

/**
 * A vector under its node's masks.
 * @param seed 32 bytes
 * @param pairs what the node and each neighbour agreed on, see {@link agreedKey}
 */
export function masked(
  vector: Uint32Array,
  id: number,
  seed: Uint8Array,
  pairs: ReadonlyMap<number, string>,
): Uint32Array {
  let sum = plus(vector, maskOfSeed(seed, vector.length))
  for (const [other, key] of pairs) sum = (id > other ? plus : minus)(sum, maskOfSeed(key, vector.length))
  return sum
}

/** What a token holds: who sends it to whom, and shares of two secrets. */
function packed(from: number, to: number, seedShare: Uint8Array, keyShare: Uint8Array): Uint8Array {
  const head = Buffer.alloc(20)
  head.writeBigUInt64LE(BigInt(from), 0)
  head.writeBigUInt64LE(BigInt(to), 8)
  head.writeUInt32LE(seedShare.length, 16)
  return Buffer.concat([head, seedShare, keyShare])
}

/**
 * A new node.
 * @param random what its numbers are rounded by
 * @param forMasks its keys for masks, if they are not to be new
 */
export function openSecAggPlusNode(
  id: number,
  settings: Settings,
  random: RandomSource,
  forMasks: KeyPair = drawKeyPair(),
): SecAggPlusNode {
  const forSeals = drawKeyPair()
  const seed = randomBytes(32)
  const seedShares = new Map<number, Uint8Array>()
  const keyShares = new Map<number, Uint8Array>()
  const seals = new Map<number, string>()
  let neighbours: ReadonlyMap<number, OpenKeys> = new Map()
  let stage = 1
  const enter = (next: number) => {
    if (next !== stage + 1) throw refused(`stage ${next} came after stage ${stage}`)
    stage = next
  }
  const shareOf = (shares: ReadonlyMap<number, Uint8Array>, of: number): Share => {
    const share = shares.get(of)
    if (share === undefined) throw refused(`it has no share of node ${of}`)
    return { of, share }
  }
  return Object.freeze({
    id,
    keys: [forMasks.open, forSeals.open] as const,
    shareKeys(keys: ReadonlyMap<number, OpenKeys>) {
      enter(2)
      if (keys.size < settings.threshold) throw refused('fewer neighbours than the threshold')
      const all = [...keys.values()].flat()
      if (new Set(all).size !== all.length) throw refused('two public keys are the same')
      const own = keys.get(id)
      if (own?.[0] !== forMasks.open || own[1] !== forSeals.open)
        throw refused('its own keys are not its own')
      neighbours = keys
      const ofSeed = createShares(seed, settings.threshold, settings.shares)
      const ofKey = createShares(bytesOf(forMasks.secret), settings.threshold, settings.shares)
      const tokens = new Map<number, string>()
      for (const [i, [other, [, open]]] of [...keys].entries()) {
        if (other === id) {
          seedShares.set(id, ofSeed[i]!)
          keyShares.set(id, ofKey[i]!)
          continue
        }
        const key = agreedKey(forSeals.secret, open)
        seals.set(other, key)
        tokens.set(other, seal(key, packed(id, other, ofSeed[i]!, ofKey[i]!)))
      }
      return tokens
    },
    maskedVector(tokens: ReadonlyMap<number, string>, parameters: ArrayLike<number>, examples: number) {
      enter(3)
      if (tokens.size + 1 < settings.threshold) throw refused('fewer neighbours than the threshold')
      for (const [from, token] of tokens) {
        const plain = Buffer.from(unseal(seals.get(from) ?? '', token))
        const named = [plain.readBigUInt64LE(0), plain.readBigUInt64LE(8)]
        if (named[0] !== BigInt(from) || named[1] !== BigInt(id)) throw refused('a token is for others')
        const end = 20 + plain.readUInt32LE(16)
        seedShares.set(from, plain.subarray(20, end))
        keyShares.set(from, plain.subarray(end))
      }
      const pairs = [...tokens.keys()].map(
        (other) => [other, agreedKey(forMasks.secret, neighbours.get(other)![0])] as const,
      )
      return masked(weightedGrid(parameters, examples, settings, random), id, seed, new Map(pairs))
    },
    unmask(active: readonly number[], dead: readonly number[]) {
      enter(4)
      if (active.length < settings.threshold) throw refused('fewer neighbours than the threshold')
      // Nothing asks whether a node is on both lists: bothLists.ts.
      return [...active.map((of) => shareOf(seedShares, of)), ...dead.map((of) => shareOf(keyShares, of))]
    },
  })
}
