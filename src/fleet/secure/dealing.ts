// Shares on their way from a node to its neighbours: committed to, sealed, opened.
// Source: Bonawitz et al. 2017, figure 4, rounds 1 and 2. A seal's key is one direction's of one list, and seals once.
// Whether all shares lie on one polynomial is seen at the end of the round alone, by what they give.

import { concatBytes } from '@noble/hashes/utils.js'
import type { Fault, SecureSetup } from './contract.ts'
import { agreement, derive, seal, unseal } from './crypto.ts'
import {
  areCommitted,
  readShares,
  type SealedShares,
  sealDirection,
  sealedSharesBody,
  seedCommitment,
  shareCommitment,
} from './messages.ts'
import type { HeldShares } from './nodeState.ts'
import { nameOf, type Roster, refused } from './roster.ts'
import { isShare } from './shamir.ts'

/** The key under which `from` seals for `to`. */
const sealKey = (agreed: Uint8Array, roster: Roster, from: number, to: number): Uint8Array =>
  derive(agreed, roster.digest, 'seal', sealDirection(from, to))

/** What a seal is bound to: round and list by the digest, the two nodes, and the commitments that stand beside it. */
const sealBound = (
  roster: Roster,
  from: number,
  to: number,
  commitments: readonly Uint8Array[],
): Uint8Array => concatBytes(roster.digest, sealDirection(from, to), ...commitments)

/**
 * The body of a node's message of stage `share`.
 * @param secret the X25519 secret that seals @param seed of the node's own mask
 * @param shares one for each neighbour, in the neighbours' order
 */
export function sealShares(
  roster: Roster,
  me: number,
  secret: Uint8Array,
  seed: Uint8Array,
  shares: readonly HeldShares[],
): Uint8Array {
  const agree = agreement(secret)
  const parts = roster.graph.neighbours(me).map((node, i) => {
    const { self, pair } = shares[i]!
    const selfCommitment = shareCommitment('self', roster.digest, me, node, self)
    const pairCommitment = shareCommitment('pair', roster.digest, me, node, pair)
    const key = sealKey(agree(roster.members[node]!.sealKey), roster, me, node)
    const bound = sealBound(roster, me, node, [selfCommitment, pairCommitment])
    return sealedSharesBody({
      selfCommitment,
      pairCommitment,
      sealed: seal(key, concatBytes(self, pair), bound),
    })
  })
  return concatBytes(seedCommitment(roster.digest, me, seed), ...parts)
}

/**
 * The shares that open and are what their owners committed to. Whose do not is named, and has none here.
 * @throws FrostglassError `input` where fewer than the threshold are left
 */
export function openShares(
  setup: SecureSetup,
  roster: Roster,
  me: number,
  secret: Uint8Array,
  given: readonly { readonly node: number; readonly shares: SealedShares }[],
): { readonly held: Map<number, HeldShares>; readonly faults: Fault[] } {
  const held = new Map<number, HeldShares>()
  const faults: Fault[] = []
  const agree = agreement(secret)
  for (const { node, shares } of given) {
    const blame = (what: string) => faults.push({ node: nameOf(setup, roster, node), what })
    const key = sealKey(agree(roster.members[node]!.sealKey), roster, node, me)
    const bound = sealBound(roster, node, me, [shares.selfCommitment, shares.pairCommitment])
    const plain = unseal(key, shares.sealed, bound)
    if (!plain) {
      blame('sealed shares that do not open, or they were changed on the way')
      continue
    }
    const open = readShares(plain)
    // Commitments are sealed with the shares: who holds the key wrote both.
    if (areCommitted(shares, open, roster.digest, node, me) && isShare(open.self) && isShare(open.pair))
      held.set(node, open)
    else blame('sealed shares other than it committed to')
  }
  if (given.length - faults.length < roster.parameters.threshold)
    throw refused(
      `${faults.length} neighbours’ shares are wrong: ${faults.map(({ node }) => node).join(', ')}`,
    )
  return { held, faults }
}
