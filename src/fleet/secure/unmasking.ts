// The end of a round at the server: secrets from shares, held to what their owners stood for, and masks taken off the total.
// Source: Bonawitz et al. 2017, figure 4, round 4. A seed is held to its commitment, a key to the public key that was advertised.
// A node that masked with another stream than agreed is not found out by name: only a sum beyond its range is refused.

import type { SecureSetup, SecureSum } from './contract.ts'
import { agreement, agreementKey } from './crypto.ts'
import { addMask, maskSign, pairMaskKey, selfMaskKey, vectorOfWords } from './masks.ts'
import { type SealedShares, seedCommitment } from './messages.ts'
import { nameOf, type Roster, refused } from './roster.ts'
import { reachOf } from './setup.ts'
import { combine, type Share } from './shamir.ts'
import { sameBytes } from './wire.ts'

/** What a node dealt to its neighbours, and what they opened of it. */
export interface Dealt {
  readonly seedCommitment: Uint8Array
  /** By the holder's number on the list. */
  readonly shares: ReadonlyMap<number, SealedShares>
  /** Shares of the one secret that was asked for, each as it was committed to. */
  readonly opened: Share[]
}

/** What an ended round has come to. */
export interface Ended {
  readonly sharing: readonly boolean[]
  readonly surviving: readonly boolean[]
  readonly dealt: ReadonlyMap<number, Dealt>
  /** The sum of all masked vectors. */
  readonly total: Uint32Array<ArrayBuffer>
}

/** @throws FrostglassError `input`, naming the node whose shares do not give its secret; or for a sum that no inputs have */
export function unmaskedSum(setup: SecureSetup, roster: Roster, ended: Ended): SecureSum {
  const { sharing, surviving, dealt, total } = ended
  const { members, graph, parameters, digest } = roster
  const name = (node: number) => nameOf(setup, roster, node)
  const words = total.slice()
  const secretOf = (owner: number) => combine(dealt.get(owner)!.opened.slice(0, parameters.threshold))
  members.forEach(({ maskKey }, node) => {
    if (!sharing[node]) return
    const secret = secretOf(node)
    if (surviving[node]) {
      if (!secret || !sameBytes(seedCommitment(digest, node, secret), dealt.get(node)!.seedCommitment))
        throw refused(`the shares that ${name(node)} dealt do not give the seed that it committed to`)
      addMask(words, selfMaskKey(secret, digest, node), -1, setup.bits)
      return
    }
    if (!secret || !sameBytes(agreementKey(secret), maskKey))
      throw refused(`the shares that ${name(node)} dealt do not give the key that it advertised`)
    const agree = agreement(secret)
    for (const other of graph.neighbours(node).filter((neighbour) => surviving[neighbour])) {
      const key = pairMaskKey(agree(members[other]!.maskKey), digest, node, other)
      addMask(words, key, maskSign(other, node) === 1 ? -1 : 1, setup.bits)
    }
  })
  const values = vectorOfWords(setup, words)
  const reach = reachOf(setup, surviving.filter((is) => is).length)
  if (values.some((value: number | bigint) => value > reach || value < -reach))
    throw refused(`the sum lies beyond ±${reach}: a node masked otherwise than agreed, or left its range`)
  return Object.freeze({
    values,
    survivors: members.flatMap((_, node) => (surviving[node] ? [name(node)] : [])),
  })
}
