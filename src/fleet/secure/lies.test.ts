// Parties that lie: a server that asks two questions, nodes that deal or give wrong shares, and whoever stands between.

import { randomBytes } from 'node:crypto'
import { concatBytes } from '@noble/hashes/utils.js'
import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import type { SecureNode, SecureServer, SecureSetup, Vector } from './contract.ts'
import { agreement, agreementKey, derive, seal } from './crypto.ts'
import { sealShares } from './dealing.ts'
import {
  answerBytes,
  bodyDigest,
  kinds,
  membersDigest,
  openMessage,
  sealDirection,
  serverMessage,
  signMessage,
} from './messages.ts'
import { openNode } from './node.ts'
import { decodeState } from './nodeState.ts'
import { listMessage, type Roster, readList, requireList } from './roster.ts'
import { openServer } from './server.ts'
import { setupDigest } from './setup.ts'
import { split } from './shamir.ts'
import { fleetOf, nodeOf, type Somebody, vectorOf } from './testing.ts'
import { bitsOf } from './wire.ts'

/** The error that a call throws. */
function refusal(call: () => unknown): FrostglassError {
  try {
    call()
  } catch (error) {
    if (error instanceof FrostglassError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

interface Staged {
  readonly setup: SecureSetup
  readonly people: readonly Somebody[]
  readonly input: Vector
  readonly server: SecureServer
  readonly nodes: ReadonlyMap<string, SecureNode>
  /** Messages of the server that wait for each node. */
  inbox: Map<string, Uint8Array>
}

/** A fleet whose advertisements are in: the list waits for each node. */
function listed(given: Partial<SecureSetup> = {}): Staged {
  const { setup, people } = fleetOf(9, { corrupted: 2, dropouts: 2, ...given })
  const server = openServer(setup)
  const nodes = new Map(people.map((somebody) => [somebody.name, nodeOf(setup, somebody)]))
  for (const [name, node] of nodes) server.accept(name, node.advertise().send)
  const input = vectorOf(setup, [1n, 2n, 3n, 4n, 5n])
  return { setup, people, input, server, nodes, inbox: new Map(server.close('advertise')) }
}

/** All nodes answer the present stage truly, but for those of whom `instead` has something. */
function advance(staged: Staged, instead: ReadonlyMap<string, Uint8Array> = new Map()): void {
  const { server, nodes, inbox, input } = staged
  for (const [name, message] of inbox) {
    const { send } = nodes.get(name)!.step(message, input)
    server.accept(name, instead.get(name) ?? send)
  }
  staged.inbox = new Map(server.close(server.stage))
}

const rosterOf = ({ setup }: Staged, list: Uint8Array): Roster =>
  requireList(setup, setupDigest(setup), readList(setup, list))

/** The i-th node and its message in the inbox. */
const someone = ({ nodes, people, inbox }: Staged, i: number) => {
  const { name, identity } = people[i]!
  return { name, identity, node: nodes.get(name)!, message: inbox.get(name)! }
}

describe('advertisements', () => {
  it('of somebody else, or of another round, are refused, and name who sent them', () => {
    const { setup, people } = fleetOf(9)
    const other = { ...setup, round: 1 }
    const server = openServer(setup)
    const [first, second] = [nodeOf(setup, people[0]!), nodeOf(other, people[0]!)]
    const { send } = first.advertise()
    expect(refusal(() => server.accept('node-1', send)).message).toContain('node-1 is not signed by it')
    expect(refusal(() => server.accept('node-0', second.advertise().send)).message).toContain('node-0')
    expect(refusal(() => server.accept('stranger', send)).message).toContain('stranger is not enrolled')
    server.accept('node-0', send)
    server.accept('node-0', send)
    const changed = nodeOf(setup, people[0]!).advertise().send
    expect(refusal(() => server.accept('node-0', changed)).message).toContain('gave another message')
  })

  // RFC 7748 does not refuse such keys: the agreed secret would be zeros, whoever the other is.
  it('with keys of small order, of p and above, or of somebody else are refused', () => {
    const { setup, people } = fleetOf(9)
    const server = openServer(setup)
    const round = setupDigest(setup)
    const good = agreementKey(randomBytes(32))
    const bytes = (value: bigint) =>
      Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n))
    const prime = 2n ** 255n - 19n
    const weak = [0n, 1n, prime - 1n, prime, prime + 1n, prime + 9n, 2n ** 255n + 9n]
    for (const key of weak.map(bytes))
      for (const body of [concatBytes(good, key), concatBytes(key, good)]) {
        const message = signMessage(kinds.advertise, round, 3, body, people[3]!.identity)
        expect(refusal(() => server.accept('node-3', message)).message).toContain(
          'node-3 advertises a key of small',
        )
      }
    const truly = nodeOf(setup, people[0]!).advertise().send
    server.accept('node-0', truly)
    const copied = signMessage(
      kinds.advertise,
      round,
      3,
      concatBytes(good, truly.slice(2, 34)),
      people[3]!.identity,
    )
    expect(refusal(() => server.accept('node-3', copied)).message).toContain(
      'node-3 advertises a key of node-0',
    )
  })
})

describe('a list of advertisements', () => {
  const staged = listed()
  const { setup } = staged
  const { node, message } = someone(staged, 4)
  const list = readList(setup, message)
  const refusedList = (changed: Parameters<typeof listMessage>[0]) =>
    refusal(() => node.step(listMessage(changed))).message

  it('with a substituted key is refused, and names the node whose it was to be', () => {
    const body = concatBytes(list[2]!.body.slice(0, 32), agreementKey(randomBytes(32)))
    expect(refusedList(list.with(2, { ...list[2]!, body }))).toContain(
      'advertisement of node-2 is not signed',
    )
    expect(refusedList(list.with(2, { ...list[2]!, signature: list[3]!.signature }))).toContain('node-2')
    expect(refusedList(list.with(2, { ...list[3]!, index: 2 }))).toContain('node-2')
  })

  it('that is short, has somebody twice, leaves this node out, or has other keys of it, is refused', () => {
    expect(refusedList(list.slice(0, 8))).toContain('too short')
    expect(refusedList(list.toSpliced(3, 0, list[3]!))).toContain('10 nodes are on it')
    expect(refusedList(list.with(4, list[3]!))).toContain('node-3 is on it twice')
    expect(refusedList([...list].reverse())).toContain('order')
    const small = listed({ fewest: 8 })
    const of = someone(small, 4)
    const without = readList(small.setup, of.message).filter(({ index }) => index !== 4)
    expect(refusal(() => of.node.step(listMessage(without))).message).toContain('leaves this node out')
    const again = nodeOf(setup, staged.people[4]!)
    again.advertise()
    expect(refusal(() => again.step(message)).message).toContain('other keys of this node')
  })

  it('on which two have the same key, each signed by its node, is refused and names both', () => {
    const sealKey = list[1]!.body.slice(0, 32)
    const body = concatBytes(agreementKey(randomBytes(32)), sealKey)
    const copy = signMessage(kinds.advertise, setupDigest(setup), 5, body, staged.people[5]!.identity)
    const changed = list.with(5, { index: 5, body, signature: copy.slice(-64) })
    expect(refusedList(changed)).toBe('node-1 and node-5 advertise the same key')
  })

  it('is answered once: another comes out of turn', () => {
    const { nodes, inbox } = listed({ fewest: 8 })
    const one = nodes.get('node-0')!
    const answer = one.step(inbox.get('node-0')!)
    expect(one.step(inbox.get('node-0')!)).toEqual(answer)
    expect(refusal(() => one.step(message)).message).toContain('not its turn')
  })
})

describe('a round', () => {
  it('is not taken part in twice', () => {
    const { setup, people } = fleetOf(5, { round: 7 })
    const { name, identity } = people[0]!
    expect(refusal(() => openNode({ setup, name, identity }, { lastRound: 7 })).code).toBe('usage')
    expect(openNode({ setup, name, identity }, { lastRound: 6 }).stage).toBe('advertise')
    const kept = openNode({ setup, name, identity }, { lastRound: 6 }).advertise().keep
    expect(refusal(() => openNode({ setup: { ...setup, round: 8 }, name, identity }, { kept })).code).toBe(
      'usage',
    )
    expect(
      refusal(() => openNode({ setup, name, identity: people[1]!.identity }, { lastRound: 6 })).code,
    ).toBe('key')
  })

  it('of which all messages are played again to fresh nodes is refused by each', () => {
    const staged = listed()
    const old = new Map(staged.inbox)
    for (const somebody of staged.people) {
      const node = nodeOf(staged.setup, somebody)
      node.advertise()
      expect(refusal(() => node.step(old.get(somebody.name)!)).message).toContain('other keys of this node')
    }
  })
})

const everybody = Array.from({ length: 9 }, () => true)

/** What vectors are signed under where all nine shared, and what answers are where all of them survived. */
const sharersDigest = (roster: Roster) => membersDigest('sharers', roster.digest, bitsOf(everybody))
const survivorsDigest = (roster: Roster) =>
  membersDigest('survivors', sharersDigest(roster), bitsOf(everybody))

/** The server's message to a node that says who survived, with the evidence that each neighbour masked. */
function survivorsFor(
  roster: Roster,
  vectors: ReadonlyMap<number, Uint8Array>,
  to: number,
  left: readonly boolean[],
): Uint8Array {
  const out = serverMessage(kinds.survivors).bytes(bitsOf(left))
  for (const other of roster.graph.neighbours(to))
    if (left[other]) {
      const { body, signature } = openMessage(vectors.get(other)!, kinds.mask, 20, 'a vector')
      out.bytes(bodyDigest(body)).bytes(signature)
    }
  return out.finish()
}

describe('a server that lies about who survived', () => {
  /** A round up to the vectors, with everything that a lying server needs. */
  function masked() {
    const staged = listed()
    const roster = rosterOf(staged, staged.inbox.get('node-0')!)
    advance(staged)
    const vectors = new Map<number, Uint8Array>()
    for (const [name, message] of staged.inbox)
      vectors.set(Number(name.slice(5)), staged.nodes.get(name)!.step(message, staged.input).send)
    return { staged, roster, vectors }
  }
  const without = (...gone: number[]) => Array.from({ length: 9 }, (_, i) => !gone.includes(i))

  it('gets no answer to two lists, each signed by some', () => {
    const { staged, roster, vectors } = masked()
    const lists = [without(), without(8)]
    const signatures: Uint8Array[] = []
    for (let i = 0; i < 8; i++) {
      const message = survivorsFor(roster, vectors, i, lists[i % 2]!)
      signatures.push(staged.nodes.get(`node-${i}`)!.step(message).send.slice(-64))
      // The other list comes to a node that signed: it signs once.
      const other = survivorsFor(roster, vectors, i, lists[(i + 1) % 2]!)
      expect(refusal(() => staged.nodes.get(`node-${i}`)!.step(other)).message).toContain(
        'second, other list',
      )
    }
    for (let i = 0; i < 8; i++) {
      const node = staged.nodes.get(`node-${i}`)!
      const shown = (signing: readonly boolean[]) => {
        const out = serverMessage(kinds.signatures).bytes(bitsOf(signing))
        for (const [at, is] of signing.entries()) if (is) out.bytes(signatures[at]!)
        return out.finish()
      }
      const mine = Array.from({ length: 9 }, (_, at) => at < 8 && at % 2 === i % 2)
      expect(refusal(() => node.step(shown(mine))).message).toContain(
        '4 signed the list of survivors, and 7 must',
      )
      const all = Array.from({ length: 9 }, (_, at) => at < 8)
      expect(refusal(() => node.step(shown(all))).message).toMatch(/node-\d did not sign this list/)
    }
  })

  it('that leaves out more than may drop, this node, or has nodes that gave nothing, is refused', () => {
    const { staged, roster, vectors } = masked()
    const asked = (left: readonly boolean[], to = 0) =>
      refusal(() => staged.nodes.get(`node-${to}`)!.step(survivorsFor(roster, vectors, to, left))).message
    expect(asked(without(6, 7, 8))).toContain('6 are on it, and 7 must be')
    expect(asked(without(0))).toContain('leaves this node out')
    const neighbour = roster.graph.neighbours(0)[0]!
    vectors.set(neighbour, vectors.get(roster.graph.neighbours(0)[1]!)!)
    expect(asked(without())).toContain(`node-${neighbour} is said to survive, and signed no vector`)
  })

  it('has nobody survive who did not share, or sign who did not survive, or name nodes that are not on the list', () => {
    const staged = listed()
    const roster = rosterOf(staged, staged.inbox.get('node-0')!)
    const { server, nodes, input } = staged
    for (const [name, message] of staged.inbox)
      if (name !== 'node-8') server.accept(name, nodes.get(name)!.step(message).send)
    const vectors = new Map<number, Uint8Array>()
    for (const [name, message] of server.close('share'))
      vectors.set(Number(name.slice(5)), nodes.get(name)!.step(message, input).send)
    const asked = (message: Uint8Array) => refusal(() => nodes.get('node-0')!.step(message)).message
    vectors.set(8, vectors.get(1)!)
    expect(asked(survivorsFor(roster, vectors, 0, without()))).toContain('node-8, which did not share')
    const message = survivorsFor(roster, vectors, 0, without(8))
    expect(asked(message.with(3, message[3]! | 128))).toContain('names nodes that are not on the list')
    nodes.get('node-0')!.step(message)
    const out = serverMessage(kinds.signatures).bytes(bitsOf(without(0)))
    const context = membersDigest('sharers', roster.digest, bitsOf(without(8)))
    const agreed = membersDigest('survivors', context, bitsOf(without(8)))
    for (let i = 1; i < 9; i++)
      out.bytes(signMessage(kinds.agree, agreed, i, new Uint8Array(0), staged.people[i]!.identity).slice(-64))
    expect(asked(out.finish())).toBe('node-8 is said to have signed, and is no survivor')
  })

  it('gets no second answer from a node that answered, also after it was killed', () => {
    const staged = listed()
    while (staged.server.stage !== 'unmask') advance(staged)
    const { node, name, identity, message } = someone(staged, 2)
    const { keep, send } = node.step(message)
    const again = openNode({ setup: staged.setup, name, identity }, { kept: keep })
    expect(again.step(message).send).toEqual(send)
    for (const one of [node, again]) {
      const survivors = serverMessage(kinds.survivors)
        .bytes(bitsOf(without(1)))
        .finish()
      expect(refusal(() => one.step(survivors)).message).toContain('second, other list')
    }
    // Nothing is left with which it could be answered.
    const state = decodeState(keep, setupDigest(staged.setup), 2)
    expect(Object.entries(state).flatMap(([key, value]) => (value === undefined ? [] : [key]))).toEqual([
      'stage',
      'last',
    ])
  })
})

describe('nodes that lie', () => {
  /** A round in which node-4 deals what `deal` makes of its true secrets; node-4 drops out behind `mask` where said. */
  function dealtBy(
    deal: (secrets: { seed: Uint8Array; mask: Uint8Array }) => { seed: Uint8Array; mask: Uint8Array },
    drops: boolean,
  ): Staged {
    const staged = listed()
    const { setup } = staged
    const liar = someone(staged, 4)
    const roster = rosterOf(staged, liar.message)
    const { keep } = liar.node.step(liar.message)
    const { secrets, seed } = decodeState(keep, setupDigest(setup), 4)
    const neighbours = roster.graph.neighbours(4)
    const places = neighbours.map((other) => other + 1)
    const dealt = deal({ seed: seed!, mask: secrets!.mask })
    const { threshold } = roster.parameters
    const [self, pair] = [split(dealt.seed, threshold, places), split(dealt.mask, threshold, places)]
    const body = sealShares(
      roster,
      4,
      secrets!.seal,
      seed!,
      neighbours.map((_, i) => ({ self: self[i]!, pair: pair[i]! })),
    )
    const message = signMessage(kinds.share, roster.digest, 4, body, liar.identity)
    advance(staged, new Map([['node-4', message]]))
    if (drops) staged.inbox.delete('node-4')
    while (staged.server.stage !== 'done') advance(staged)
    return staged
  }

  it('by dealing shares of another seed, or another key, are named when the secret is put together', () => {
    const other = () => new Uint8Array(randomBytes(32))
    const seed = dealtBy(({ mask }) => ({ seed: other(), mask }), false)
    expect(refusal(() => seed.server.sum()).message).toContain('node-4 dealt do not give the seed')
    const key = dealtBy(({ seed: true_ }) => ({ seed: true_, mask: other() }), true)
    expect(refusal(() => key.server.sum()).message).toContain('node-4 dealt do not give the key')
    // The same hands, and no lie.
    expect([...dealtBy((secrets) => secrets, false).server.sum().values]).toEqual([9, 18, 27, 36, 45])
    expect([...dealtBy((secrets) => secrets, true).server.sum().values]).toEqual([8, 16, 24, 32, 40])
  })

  it('by sealing other shares than they committed to are named by each neighbour, and the sum stands', () => {
    const staged = listed()
    const roster = rosterOf(staged, staged.inbox.get('node-4')!)
    const { node, message, identity } = someone(staged, 4)
    const { send } = node.step(message)
    const { body } = openMessage(send, kinds.share, send.length - 66, 'shares')
    // The first neighbour's sealed shares are damaged, and signed so by their owner.
    const changed = body.map((byte, at) => (at === 32 + 64 + 5 ? byte ^ 1 : byte))
    advance(staged, new Map([['node-4', signMessage(kinds.share, roster.digest, 4, changed, identity)]]))
    const first = roster.graph.neighbours(4)[0]!
    const faults = [...staged.inbox].map(([name, next]) => [
      name,
      staged.nodes.get(name)!.step(next, staged.input).faults,
    ])
    expect(faults.filter(([, of]) => of!.length > 0)).toEqual([
      [`node-${first}`, [{ node: 'node-4', what: expect.stringContaining('do not open') }]],
    ])
    while (staged.server.stage !== 'done') advance(staged)
    expect([...staged.server.sum().values]).toEqual([9, 18, 27, 36, 45])
    expect(staged.server.faults).toEqual([
      { node: `node-${first}`, what: expect.stringContaining('no share of a secret of node-4') },
    ])
  })

  it('by committing to other shares than they seal are named by whoever opens them', () => {
    const staged = listed()
    const roster = rosterOf(staged, staged.inbox.get('node-4')!)
    const { node, message, identity } = someone(staged, 4)
    const { send, keep } = node.step(message)
    const { body } = openMessage(send, kinds.share, send.length - 66, 'shares')
    // Commitments to something else, bound into a seal that opens: only the owner can make one.
    const first = roster.graph.neighbours(4)[0]!
    const commitments = new Uint8Array(randomBytes(64))
    const { secrets } = decodeState(keep, setupDigest(staged.setup), 4)
    const agreed = agreement(secrets!.seal)(roster.members[first]!.sealKey)
    const key = derive(agreed, roster.digest, 'seal', sealDirection(4, first))
    const bound = concatBytes(roster.digest, sealDirection(4, first), commitments)
    const sealed = seal(key, new Uint8Array(66), bound)
    const changed = concatBytes(body.slice(0, 32), commitments, sealed, body.slice(32 + 64 + sealed.length))
    advance(staged, new Map([['node-4', signMessage(kinds.share, roster.digest, 4, changed, identity)]]))
    const name = `node-${first}`
    const { faults } = staged.nodes.get(name)!.step(staged.inbox.get(name)!, staged.input)
    expect(faults).toEqual([{ node: 'node-4', what: 'sealed shares other than it committed to' }])
    while (staged.server.stage !== 'done') advance(staged)
    expect([...staged.server.sum().values]).toEqual([9, 18, 27, 36, 45])
  })

  it('by giving a wrong share are named, and count as having dropped out', () => {
    const staged = listed()
    const roster = rosterOf(staged, staged.inbox.get('node-6')!)
    while (staged.server.stage !== 'unmask') advance(staged)
    const { name, identity, message, node } = someone(staged, 6)
    const { send } = node.step(message)
    const { body } = openMessage(send, kinds.unmask, send.length - 66, 'answers')
    roster.graph.neighbours(6).forEach((owner, i) => {
      const changed = body.map((byte, at) => (at === i * answerBytes + 1 + (i % 33) ? byte ^ 1 : byte))
      const lie = signMessage(kinds.unmask, survivorsDigest(roster), 6, changed, identity)
      expect(refusal(() => staged.server.accept(name, lie)).message).toBe(
        `node-6 gives a wrong share of a secret of node-${owner}`,
      )
    })
    // The other kind of share than was asked for.
    const other = signMessage(kinds.unmask, survivorsDigest(roster), 6, body.with(0, 2), identity)
    expect(refusal(() => staged.server.accept(name, other)).message).toContain('another question')
    // Signed as a message of another kind, under the same digest.
    const kind = signMessage(kinds.agree, survivorsDigest(roster), 6, body, identity)
    expect(refusal(() => staged.server.accept(name, kind.with(1, kinds.unmask))).message).toContain(
      'not signed',
    )
    // Changed by somebody else, on the way.
    expect(refusal(() => staged.server.accept(name, send.with(10, send[10]! ^ 1))).message).toContain(
      'node-6 is not signed',
    )
    staged.inbox.delete(name)
    advance(staged)
    expect([...staged.server.sum().values]).toEqual([9, 18, 27, 36, 45])
  })

  it('by masking otherwise than agreed give a sum beyond its range, which is refused', () => {
    const staged = listed()
    const roster = rosterOf(staged, staged.inbox.get('node-4')!)
    advance(staged)
    const noise = new Uint8Array(randomBytes(20))
    const lie = signMessage(kinds.mask, sharersDigest(roster), 4, noise, staged.people[4]!.identity)
    advance(staged, new Map([['node-4', lie]]))
    while (staged.server.stage !== 'done') advance(staged)
    expect(refusal(() => staged.server.sum()).message).toContain('the sum lies beyond ±9000')
  })
})

describe('a server', () => {
  it('refuses what is late, of another stage, or of somebody who dropped out', () => {
    const staged = listed()
    const { server, nodes } = staged
    const shares = new Map(
      [...staged.inbox].map(([name, message]) => [name, nodes.get(name)!.step(message).send]),
    )
    for (const [name, message] of shares) if (name !== 'node-8') server.accept(name, message)
    staged.inbox = new Map(server.close('share'))
    expect(staged.inbox.has('node-8')).toBe(false)
    expect(refusal(() => server.accept('node-8', shares.get('node-8')!)).message).toContain('no longer')
    // The same bytes again are no fault.
    server.accept('node-1', shares.get('node-1')!)
    expect(refusal(() => server.close('share')).code).toBe('usage')
    expect(refusal(() => server.sum()).code).toBe('usage')
    const vector = nodes.get('node-0')!.step(staged.inbox.get('node-0')!, staged.input).send
    expect(refusal(() => server.accept('node-1', vector)).message).toContain('not signed by it')
    expect(refusal(() => server.accept('node-0', vector.slice(0, -1))).message).toContain(
      'node-0 is malformed',
    )
  })

  it('ends no stage for which too few answered', () => {
    const staged = listed()
    expect([staged.server.needed, staged.server.answered]).toEqual([7, []])
    expect(refusal(() => staged.server.close('share')).message).toContain(
      '0 answered in stage share, and 7 are needed',
    )
    expect(refusal(() => staged.server.close('share')).code).toBe('policy')
  })
})
