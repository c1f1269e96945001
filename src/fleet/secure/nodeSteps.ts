// A node's answers, stage by stage: shares to neighbours, the masked vector, the signed list of survivors, the shares asked for.
// Source: Bonawitz et al. 2017, figure 4, rounds 1 to 4; Bell et al. 2020, algorithm 2.
// Each is a function of state and message; what is random in one is in what it hands out, and is never drawn again.

import { randomBytes } from 'node:crypto'
import type { SecureSetup, Stage, Vector } from './contract.ts'
import { agreement, agreementKey, keyBytes, signatureBytes } from './crypto.ts'
import { openShares, sealShares } from './dealing.ts'
import { addMask, maskSign, pairMaskKey, selfMaskKey, wordsOfInput } from './masks.ts'
import {
  type Answer,
  answersBody,
  bodyDigest,
  isSignedBy,
  kinds,
  membersDigest,
  openKind,
  readSealedShares,
  signMessage,
} from './messages.ts'
import type { NodeState, Outcome, Party } from './nodeState.ts'
import {
  nameOf,
  type Roster,
  readList,
  readMembers,
  refused,
  requireEnough,
  requireList,
  rosterOf,
} from './roster.ts'
import { split } from './shamir.ts'
import { bitsOf, type Reader, readBits, reader, sameBytes } from './wire.ts'

/** The list of advertisements: shares of both secrets, sealed for each neighbour. */
export function takeList(party: Party, state: NodeState, message: Uint8Array): Outcome {
  const { setup, round, index, identity } = party
  const list = readList(setup, message)
  const roster = requireList(setup, round, list)
  const me = roster.members.findIndex((member) => member.index === index)
  const secrets = state.secrets!
  const own = roster.members[me]
  if (!own) throw refused('the list leaves this node out')
  if (
    !sameBytes(own.sealKey, agreementKey(secrets.seal)) ||
    !sameBytes(own.maskKey, agreementKey(secrets.mask))
  )
    throw refused('the list has other keys of this node than it advertised')
  const seed = randomBytes(keyBytes)
  const neighbours = roster.graph.neighbours(me)
  const places = neighbours.map((node) => node + 1)
  const { threshold } = roster.parameters
  const [self, pair] = [split(seed, threshold, places), split(secrets.mask, threshold, places)]
  const body = sealShares(
    roster,
    me,
    secrets.seal,
    seed,
    neighbours.map((_, i) => ({ self: self[i]!, pair: pair[i]! })),
  )
  const { digest, members } = roster
  return {
    state: { stage: 'mask', secrets, seed, list: { digest, members } },
    answer: signMessage(kinds.share, roster.digest, index, body, identity),
  }
}

/** The roster that a state remembers, and the node's own number on it. */
function remembered(
  { setup, index }: Party,
  { list }: NodeState,
): { readonly roster: Roster; readonly me: number } {
  const roster = rosterOf(setup, list!.digest, list!.members)
  return { roster, me: roster.members.findIndex((member) => member.index === index) }
}

/** Who shared, and what the neighbours among them sealed for this node: the masked vector. */
export function takeSharers(party: Party, state: NodeState, message: Uint8Array, input: Vector): Outcome {
  const { setup, index, identity } = party
  const { roster, me } = remembered(party, state)
  const from = openKind(message, kinds.sharers, 'the list of those who shared')
  const sharing = readMembers(from, roster, 'the list of those who shared')
  if (!sharing[me]) throw refused('the list of those who shared leaves this node out')
  requireEnough(setup, roster, sharing, 'those who shared')
  const neighbours = roster.graph.neighbours(me).filter((node) => sharing[node])
  const given = neighbours.map((node) => ({ node, shares: readSealedShares(from) }))
  from.end()
  const secrets = state.secrets!
  const { held, faults } = openShares(setup, roster, me, secrets.seal, given)
  const words = wordsOfInput(setup, input)
  addMask(words, selfMaskKey(state.seed!, roster.digest, me), 1, setup.bits)
  const agree = agreement(secrets.mask)
  for (const node of neighbours) {
    const key = pairMaskKey(agree(roster.members[node]!.maskKey), roster.digest, me, node)
    addMask(words, key, maskSign(me, node), setup.bits)
  }
  const sharers = bitsOf(sharing)
  const context = membersDigest('sharers', roster.digest, sharers)
  const stage: Stage = setup.server === 'active' ? 'agree' : 'unmask'
  return {
    state: { stage, list: state.list, sharers, held },
    answer: signMessage(kinds.mask, context, index, new Uint8Array(words.buffer), identity),
    faults,
  }
}

/** Who survived. Under an active server it is signed, once; under a semi-honest one it is the question itself. */
export function takeSurvivors(party: Party, state: NodeState, message: Uint8Array): Outcome {
  const { setup, index, identity } = party
  const { roster, me } = remembered(party, state)
  const active = setup.server === 'active'
  const what = 'the list of survivors'
  const from = openKind(message, kinds.survivors, what)
  const surviving = readMembers(from, roster, what)
  const sharing = sharersOf(roster, state)
  if (!surviving[me]) throw refused(`${what} leaves this node out, which gave its numbers`)
  const stranger = surviving.findIndex((is, node) => is && !sharing[node])
  if (stranger >= 0) throw refused(`${what} has ${nameOf(setup, roster, stranger)}, which did not share`)
  requireEnough(setup, roster, surviving, 'survivors')
  const context = membersDigest('sharers', roster.digest, state.sharers!)
  if (active) requireMasked(setup, roster, me, surviving, context, from)
  from.end()
  const survivors = bitsOf(surviving)
  if (!active) return unmask(party, roster, me, { ...state, survivors })
  const agreed = membersDigest('survivors', context, survivors)
  return {
    state: { ...state, stage: 'unmask', survivors },
    answer: signMessage(kinds.agree, agreed, index, new Uint8Array(0), identity),
  }
}

const sharersOf = (roster: Roster, { sharers }: NodeState): boolean[] => flags(roster, sharers!)

const flags = (roster: Roster, bits: Uint8Array): boolean[] =>
  readBits(reader(bits, 'the kept state of the node'), roster.members.length, 'the kept state of the node')

/**
 * Each neighbour among the survivors signed its vector under the same list of sharers. Without this a server could show one
 * node a list of its own, and have the others bare it (PROOF.md, lemma 3).
 */
function requireMasked(
  setup: SecureSetup,
  roster: Roster,
  me: number,
  surviving: readonly boolean[],
  context: Uint8Array,
  from: Reader,
): void {
  for (const node of roster.graph.neighbours(me).filter((other) => surviving[other])) {
    const evidence = { body: from.bytes(keyBytes), signature: from.bytes(signatureBytes) }
    const { index } = roster.members[node]!
    if (!isSignedBy(setup.population[index]!.identity, kinds.mask, context, index, evidence))
      throw refused(
        `${nameOf(setup, roster, node)} is said to survive, and signed no vector under this list of sharers`,
      )
  }
}

/** Signatures under the list that this node signed: with enough of them it answers. */
export function answerSignatures(party: Party, state: NodeState, message: Uint8Array): Outcome {
  const { setup } = party
  const { roster, me } = remembered(party, state)
  const what = 'the signatures under the list of survivors'
  const from = openKind(message, kinds.signatures, what)
  const signing = readMembers(from, roster, what)
  const surviving = flags(roster, state.survivors!)
  const context = membersDigest('sharers', roster.digest, state.sharers!)
  const agreed = membersDigest('survivors', context, state.survivors!)
  const { quorum } = roster.parameters
  const count = signing.filter((is) => is).length
  if (count < quorum) throw refused(`${count} signed the list of survivors, and ${quorum} must`)
  const empty = bodyDigest(new Uint8Array(0))
  signing.forEach((is, node) => {
    if (!is) return
    const name = nameOf(setup, roster, node)
    if (!surviving[node]) throw refused(`${name} is said to have signed, and is no survivor`)
    const { index } = roster.members[node]!
    const evidence = { body: empty, signature: from.bytes(signatureBytes) }
    if (!isSignedBy(setup.population[index]!.identity, kinds.agree, agreed, index, evidence))
      throw refused(`${name} did not sign this list of survivors`)
  })
  from.end()
  return unmask(party, roster, me, state)
}

/** Of each neighbour that shared one share: of its seed where it survived, of its key where it dropped out. Then all is forgotten. */
function unmask({ index, identity }: Party, roster: Roster, me: number, state: NodeState): Outcome {
  const sharing = sharersOf(roster, state)
  const surviving = flags(roster, state.survivors!)
  const answers = roster.graph
    .neighbours(me)
    .filter((node) => sharing[node])
    .map((node): Answer => {
      const secret = surviving[node] ? 'self' : 'pair'
      return { secret, share: state.held!.get(node)?.[secret] }
    })
  const context = membersDigest('sharers', roster.digest, state.sharers!)
  const agreed = membersDigest('survivors', context, state.survivors!)
  return {
    state: { stage: 'done' },
    answer: signMessage(kinds.unmask, agreed, index, answersBody(answers), identity),
  }
}
