// What a coalition of nodes with the server makes of all that it saw and holds: with t − 1 neighbours of its victim nothing but
// uniform numbers, with t of them the victim's numbers. The attack is the same; it looks at states and messages alone.

import { describe, expect, it } from 'vitest'
import { chiSquareTail } from '../../statistics/chiSquare.ts'
import type { SecureNode, SecureSetup, Stage } from './contract.ts'
import { agreement, agreementKey } from './crypto.ts'
import { addMask, maskSign, pairMaskKey, selfMaskKey, wordsOfBytes } from './masks.ts'
import { answerBytes, kinds, openMessage, readAnswers, seedCommitment, vectorBytes } from './messages.ts'
import { decodeState, type HeldShares } from './nodeState.ts'
import { nameOf, type Roster, readList, requireList } from './roster.ts'
import { openServer } from './server.ts'
import { setupDigest } from './setup.ts'
import { combine, type Share } from './shamir.ts'
import { fleetOf, nodeOf, type Somebody, vectorOf } from './testing.ts'

/** All that a server and some nodes saw. */
interface Seen {
  readonly setup: SecureSetup
  readonly roster: Roster
  /** Messages of nodes, by stage and name; also one that the server then left out. */
  readonly messages: ReadonlyMap<string, Uint8Array>
  readonly sharing: readonly boolean[]
  readonly surviving: readonly boolean[]
  /** States that the coalition's nodes kept, by stage and name. */
  readonly kept: ReadonlyMap<string, Uint8Array>
  readonly coalition: readonly number[]
}

/** Runs a round with an honest server; it leaves `left` out of the survivors though it has its vector. */
function seenRound(
  setup: SecureSetup,
  people: readonly Somebody[],
  chosen: (roster: Roster) => readonly number[],
  left?: string,
): Seen {
  const server = openServer(setup)
  const nodes = new Map<string, SecureNode>(
    people.map((somebody) => [somebody.name, nodeOf(setup, somebody)]),
  )
  const values = vectorOf(
    setup,
    Array.from({ length: setup.length }, () => 77n),
  )
  const messages = new Map<string, Uint8Array>()
  const kept = new Map<string, Uint8Array>()
  let inbox = new Map<string, Uint8Array | undefined>(people.map(({ name }) => [name, undefined]))
  let roster: Roster | undefined
  while (server.stage !== 'done') {
    const { stage } = server
    for (const [name, message] of inbox) {
      if (message && stage === 'share')
        roster ??= requireList(setup, setupDigest(setup), readList(setup, message))
      const step = message ? nodes.get(name)!.step(message, values) : nodes.get(name)!.advertise()
      messages.set(`${stage} ${name}`, step.send)
      kept.set(`${stage} ${name}`, step.keep)
      if (!(stage === 'mask' && name === left)) server.accept(name, step.send)
    }
    inbox = new Map(server.close(stage))
  }
  const sharing = roster!.members.map(() => true)
  const surviving = roster!.members.map((_, node) => nameOf(setup, roster!, node) !== left)
  return { setup, roster: roster!, messages, sharing, surviving, kept, coalition: chosen(roster!) }
}

/** What the coalition is left with of a victim's vector once it took off every mask whose key it can compute. */
function residue(seen: Seen, victim: number): Uint32Array {
  const { setup, roster, messages, surviving, coalition } = seen
  const { members, graph, digest, parameters } = roster
  const message = messages.get(`mask ${nameOf(setup, roster, victim)}`)!
  const words = wordsOfBytes(openMessage(message, kinds.mask, vectorBytes(setup), 'the vector').body).slice()
  const shares = sharesSeen(seen)
  const secretOf = (node: number, secret: keyof HeldShares): Uint8Array | undefined => {
    const found = shares.get(`${secret} ${node}`)
    if (!found || found.length < parameters.threshold) return undefined
    return combine(found.slice(0, parameters.threshold))
  }
  const seed = secretOf(victim, 'self')
  if (seed) {
    // Every seed that it finds is the true one: what follows is no guess.
    const dealt = messages.get(`share ${nameOf(setup, roster, victim)}`)!
    expect(seedCommitment(digest, victim, seed)).toEqual(dealt.slice(2, 34))
    addMask(words, selfMaskKey(seed, digest, victim), -1, setup.bits)
  }
  const key = secretOf(victim, 'pair')
  if (key) expect(agreementKey(key)).toEqual(members[victim]!.maskKey)
  for (const other of graph.neighbours(victim)) {
    const theirs = coalition.includes(other)
      ? stateOf(seen, 'share', other).secrets!.mask
      : surviving[other]
        ? undefined
        : secretOf(other, 'pair')
    const agreed = key
      ? agreement(key)(members[other]!.maskKey)
      : theirs && agreement(theirs)(members[victim]!.maskKey)
    if (!agreed) continue
    addMask(
      words,
      pairMaskKey(agreed, digest, victim, other),
      maskSign(victim, other) === 1 ? -1 : 1,
      setup.bits,
    )
  }
  return words
}

const stateOf = ({ setup, roster, kept }: Seen, stage: Stage, node: number) => {
  const { index } = roster.members[node]!
  return decodeState(kept.get(`${stage} ${nameOf(setup, roster, node)}`)!, setupDigest(setup), index)
}

/** All shares that were answered to the server, or that the coalition holds. */
function sharesSeen(seen: Seen): Map<string, Share[]> {
  const { setup, roster, messages, sharing, surviving, coalition } = seen
  const found = new Map<string, Map<number, Uint8Array>>()
  const add = (owner: number, secret: keyof HeldShares, holder: number, bytes: Uint8Array) => {
    const of = found.get(`${secret} ${owner}`) ?? new Map<number, Uint8Array>()
    found.set(`${secret} ${owner}`, of.set(holder + 1, bytes))
  }
  roster.members.forEach((_, holder) => {
    const message = messages.get(`unmask ${nameOf(setup, roster, holder)}`)
    const owners = roster.graph.neighbours(holder).filter((node) => sharing[node])
    if (message) {
      const asked = owners.map((owner) => (surviving[owner] ? ('self' as const) : ('pair' as const)))
      const { body } = openMessage(message, kinds.unmask, owners.length * answerBytes, 'answers')
      readAnswers(body, asked, 'answers').forEach(({ secret, share }, i) => {
        if (share) add(owners[i]!, secret, holder, share)
      })
    }
    if (!coalition.includes(holder)) return
    for (const [owner, { self, pair }] of stateOf(seen, 'mask', holder).held!) {
      add(owner, 'self', holder, self)
      add(owner, 'pair', holder, pair)
    }
  })
  return new Map([...found].map(([key, of]) => [key, [...of].map(([place, bytes]) => ({ place, bytes }))]))
}

/**
 * The chance that uniform words give so large a chi-square (Pearson), or larger: of the four bytes of each word against 256
 * equally likely values, 1,020 degrees of freedom.
 */
function chanceOf(words: Uint32Array): number {
  const counts = new Float64Array(4 * 256)
  for (const word of words)
    for (let byte = 0; byte < 4; byte++) {
      const at = 256 * byte + ((word >>> (8 * byte)) & 255)
      counts[at] = counts[at]! + 1
    }
  const expected = words.length / 256
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  return chiSquareTail(statistic, 4 * 255)
}

// Uniform words fail once in half a million runs.
const looksUniform = (words: Uint32Array): boolean => {
  const chance = chanceOf(words)
  return chance > 1e-6 && chance < 1 - 1e-6
}

describe.each([32, 64] as const)('modulo 2^%i', (bits) => {
  const { setup, people } = fleetOf(12, { bits, corrupted: 3, dropouts: 2, length: 20_000 })
  const victim = 5
  const neighboursOf = (count: number) => (roster: Roster) => roster.graph.neighbours(victim).slice(0, count)
  const threshold = 6

  it('has a coalition that is of the size that the protocol withstands, or one more', () => {
    const { roster } = seenRound(setup, people, neighboursOf(0))
    expect(roster.parameters.threshold).toBe(threshold)
    expect(roster.parameters.degree).toBeGreaterThan(threshold)
  })

  it.each([
    ['survived', undefined],
    ['was left out of the survivors after it gave its vector', `node-${victim}`],
  ])('t − 1 neighbours and the server see uniform numbers of a node that %s', (_, left) => {
    const seen = seenRound(setup, people, neighboursOf(threshold - 1), left)
    const words = residue(seen, victim)
    expect(looksUniform(words)).toBe(true)
  })

  it.each([
    ['survived', undefined],
    ['was left out of the survivors after it gave its vector', `node-${victim}`],
  ])('t neighbours and the server read off the numbers of a node that %s: the test sees it', (_, left) => {
    const seen = seenRound(setup, people, neighboursOf(threshold), left)
    const words = residue(seen, victim)
    expect(looksUniform(words)).toBe(false)
    const values = bits === 32 ? words : new BigUint64Array(words.buffer as ArrayBuffer)
    expect(values.every((value: number | bigint) => Number(value) === 77)).toBe(true)
  })

  it('a server alone that asks for the seeds of all takes off no mask that two share', () => {
    const seen = seenRound(setup, people, () => [])
    expect(looksUniform(residue(seen, victim))).toBe(true)
  })
})
