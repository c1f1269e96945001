// The attack that evidence of masking stops (PROOF.md, lemma 3b): a server shows one node a list of sharers of its own, and has
// the others give that node's seed. Here it is run to the end, with what the neighbours hold, to see what they would have given.

import { describe, expect, it } from 'vitest'
import { agreement } from './crypto.ts'
import { addMask, maskSign, pairMaskKey, selfMaskKey, wordsOfBytes } from './masks.ts'
import { bodyDigest, kinds, openMessage, sealedSharesBytes, serverMessage, vectorBytes } from './messages.ts'
import { decodeState, type HeldShares } from './nodeState.ts'
import { readList, requireList } from './roster.ts'
import { openServer } from './server.ts'
import { setupDigest } from './setup.ts'
import { combine } from './shamir.ts'
import { fleetOf, nodeOf, vectorOf } from './testing.ts'
import { bitsOf } from './wire.ts'

// Ten nodes, of which two may be corrupted and one may drop out: four neighbours each, three shares give a secret.
const { setup, people } = fleetOf(10, { corrupted: 2, dropouts: 1 })
const input = vectorOf(setup, [11n, 22n, 33n, 44n, 55n])
const victim = 0
const nameOf = (node: number) => `node-${node}`
const without = (node: number) => people.map((_, other) => other !== node)

function attacked() {
  const server = openServer(setup)
  const nodes = people.map((somebody) => nodeOf(setup, somebody))
  nodes.forEach((node, i) => {
    server.accept(nameOf(i), node.advertise().send)
  })
  const lists = server.close('advertise')
  const roster = requireList(setup, setupDigest(setup), readList(setup, lists.get(nameOf(victim))!))
  const kept = new Map<string, Uint8Array>()
  nodes.forEach((node, i) => {
    const { send, keep } = node.step(lists.get(nameOf(i))!)
    kept.set(`mask ${i}`, keep)
    server.accept(nameOf(i), send)
  })
  const shares = server.close('share')
  // Two neighbours are the adversary's. Of the other two the victim is told that the first is gone, and all that the second is.
  const near = roster.graph.neighbours(victim)
  const [corrupted, [hidden, gone]] = [near.slice(0, 2), near.slice(2) as [number, number]]
  const own = serverMessage(kinds.sharers).bytes(bitsOf(without(hidden)))
  const start = shares.get(nameOf(victim))!.length - near.length * sealedSharesBytes
  near.forEach((node, i) => {
    const from = start + i * sealedSharesBytes
    if (node !== hidden) own.bytes(shares.get(nameOf(victim))!.slice(from, from + sealedSharesBytes))
  })
  const vectors = nodes.map((node, i) => {
    const { send, keep } = node.step(i === victim ? own.finish() : shares.get(nameOf(i))!, input)
    kept.set(`agree ${i}`, keep)
    return send
  })
  return { nodes, roster, kept, vectors, corrupted, hidden, gone }
}

describe('a list of sharers that one node alone is shown', () => {
  const { nodes, roster, kept, vectors, corrupted, hidden, gone } = attacked()
  const stateOf = (stage: string, node: number) =>
    decodeState(kept.get(`${stage} ${node}`)!, setupDigest(setup), node)

  it('would bare the node, had its neighbours answered', () => {
    expect(roster.parameters).toMatchObject({ degree: 4, threshold: 3 })
    const { threshold, graph, digest, members } = { ...roster, ...roster.parameters }
    /** What the holders of shares would give. */
    const secretOf = (owner: number, secret: keyof HeldShares, holders: readonly number[]) =>
      combine(
        holders.slice(0, threshold).map((holder) => ({
          place: holder + 1,
          bytes: stateOf('agree', holder).held!.get(owner)![secret],
        })),
      )!
    const words = wordsOfBytes(
      openMessage(vectors[victim]!, kinds.mask, vectorBytes(setup), 'it').body,
    ).slice()
    // The seed from the two that are corrupted and the one that believes that the victim survived like everybody.
    addMask(words, selfMaskKey(secretOf(victim, 'self', [...corrupted, hidden]), digest, victim), -1, 32)
    // Keys of the corrupted are known; that of the node that is gone is given, as it is after any dropout.
    const keys = new Map(corrupted.map((node) => [node, stateOf('mask', node).secrets!.mask]))
    const holders = graph.neighbours(gone).filter((node) => node !== victim)
    keys.set(gone, secretOf(gone, 'pair', holders))
    for (const [node, key] of keys) {
      const agreed = agreement(key)(members[victim]!.maskKey)
      addMask(words, pairMaskKey(agreed, digest, victim, node), maskSign(node, victim), 32)
    }
    expect(new Int32Array(words.buffer)).toEqual(input)
  })

  it('does not: the neighbour whose share is wanting sees that the node signed under another list', () => {
    const left = without(gone)
    const out = serverMessage(kinds.survivors).bytes(bitsOf(left))
    for (const node of roster.graph.neighbours(hidden))
      if (left[node]) {
        const { body, signature } = openMessage(vectors[node]!, kinds.mask, vectorBytes(setup), 'it')
        out.bytes(bodyDigest(body)).bytes(signature)
      }
    expect(() => nodes[hidden]!.step(out.finish())).toThrow(
      'node-0 is said to survive, and signed no vector under this',
    )
  })
})
