// The server of a round: collects what nodes give in each stage, passes on what is for others, and ends with the sum.
// Source: Bonawitz et al. 2017, figure 4; Bell et al. 2020, algorithm 2.
// It draws nothing, so a server that was killed goes on by taking the same messages again. It judges messages, not numbers.

import { FrostglassError } from '../../errors.ts'
import type { Fault, SecureServer, SecureSetup, Stage } from './contract.ts'
import { keyBytes } from './crypto.ts'
import { addWords, wordsOfBytes, zeroWords } from './masks.ts'
import {
  advertisementBytes,
  answerBytes,
  bodyDigest,
  type Evidence,
  isSignedBy,
  type Kind,
  kinds,
  type Listed,
  membersDigest,
  openMessage,
  readAnswers,
  readSealedShares,
  sealedSharesBody,
  sealedSharesBytes,
  serverMessage,
  shareCommitment,
  vectorBytes,
} from './messages.ts'
import {
  listMessage,
  nameOf,
  type Roster,
  refused,
  requireAdvertisement,
  requireEnough,
  requireList,
} from './roster.ts'
import { setupDigest } from './setup.ts'
import { type Dealt, unmaskedSum } from './unmasking.ts'
import { bitsOf, reader, sameBytes } from './wire.ts'

/** All that a server knows. Nodes are numbers of the population until the list is closed, and numbers on the list from then on. */
interface Collected {
  stage: Stage
  readonly listed: Map<number, Listed>
  roster: Roster | undefined
  readonly dealt: Map<number, Dealt>
  readonly masked: Map<number, Evidence>
  readonly signatures: Map<number, Uint8Array>
  readonly unmasked: Set<number>
  /** The digest that messages of this stage are signed under. */
  context: Uint8Array
  /** Who may give a message in this stage. */
  members: boolean[]
  /** Who shared, once that is closed, and who survived. */
  sharing: boolean[]
  surviving: boolean[]
  readonly total: Uint32Array<ArrayBuffer>
  /** Digests of messages that were taken, by number in the population and stage. */
  readonly taken: Map<number, Map<Stage, Uint8Array>>
  readonly faults: Fault[]
}

/**
 * Opens the server of a round.
 * @throws FrostglassError `usage` for a setup that does not fit together
 * @example
 * const server = openServer(setup)
 * server.accept('clinic-a', message)
 * for (const [name, next] of server.close('advertise')) post(name, next)
 */
export function openServer(setup: SecureSetup): SecureServer {
  const round = setupDigest(setup)
  const numbers = new Map(setup.population.map(({ name }, index) => [name, index]))
  const state: Collected = {
    stage: 'advertise',
    listed: new Map(),
    roster: undefined,
    dealt: new Map(),
    masked: new Map(),
    signatures: new Map(),
    unmasked: new Set(),
    context: round,
    members: [],
    sharing: [],
    surviving: [],
    total: zeroWords(setup),
    taken: new Map(),
    faults: [],
  }
  return Object.freeze({
    get stage() {
      return state.stage
    },
    get answered() {
      return answeredIn(setup, state)
    },
    get needed() {
      return neededIn(setup, state)
    },
    get faults() {
      return [...state.faults]
    },
    accept(from: string, message: Uint8Array) {
      const index = numbers.get(from)
      if (index === undefined) throw refused(`${from} is not enrolled`)
      const digest = bodyDigest(message)
      const taken = state.taken.get(index) ?? new Map<Stage, Uint8Array>()
      // A message that comes again, also late, is the same message: nothing is to be done.
      if ([...taken.values()].some((before) => sameBytes(before, digest))) return
      if (taken.has(state.stage)) throw refused(`${from} gave another message of stage ${state.stage} before`)
      take(setup, state, index, message)
      state.taken.set(index, taken.set(state.stage, digest))
    },
    close(stage: Stage) {
      if (stage !== state.stage || stage === 'done')
        throw new FrostglassError('usage', `stage ${stage} cannot be closed at stage ${state.stage}`)
      const [count, needed] = [answeredIn(setup, state).length, neededIn(setup, state)]
      if (count < needed) throw tooFew(`${count} answered in stage ${stage}, and ${needed} are needed`)
      return closers[stage](setup, state)
    },
    sum() {
      if (state.stage !== 'done')
        throw new FrostglassError('usage', `the round is at stage ${state.stage}: there is no sum yet`)
      const { roster, sharing, surviving, dealt, total } = state
      return unmaskedSum(setup, roster!, { sharing, surviving, dealt, total })
    },
  })
}

const tooFew = (why: string): FrostglassError =>
  new FrostglassError('policy', why, 'The round is over without a sum: set up another.')

function answeredIn(setup: SecureSetup, state: Collected): string[] {
  const { stage, listed, dealt, masked, signatures, unmasked, roster } = state
  if (stage === 'advertise')
    return [...listed.keys()].sort((a, b) => a - b).map((index) => setup.population[index]!.name)
  const of = { share: dealt, mask: masked, agree: signatures, unmask: unmasked, done: unmasked }[stage]
  return [...of.keys()].sort((a, b) => a - b).map((node) => nameOf(setup, roster!, node))
}

function neededIn(setup: SecureSetup, { stage, roster }: Collected): number {
  if (stage === 'advertise') return setup.fewest
  const { survivors, quorum, threshold } = roster!.parameters
  return { share: survivors, mask: survivors, agree: quorum, unmask: threshold, done: 0 }[stage]
}

/** Takes a message of the present stage from a node that gave none in it. */
function take(setup: SecureSetup, state: Collected, index: number, message: Uint8Array): void {
  const { name } = setup.population[index]!
  const what = `the message of ${name}`
  const { stage, roster } = state
  if (stage === 'advertise') {
    const opened = { index, ...openMessage(message, kinds.advertise, advertisementBytes, what) }
    requireAdvertisement(setup, state.context, opened)
    for (const other of state.listed.values())
      if (shareKey(other.body, opened.body))
        throw refused(`${name} advertises a key of ${setup.population[other.index]!.name}`)
    state.listed.set(index, opened)
    return
  }
  const node = roster!.members.findIndex((member) => member.index === index)
  if (node < 0 || stage === 'done' || !state.members[node])
    throw refused(`${name} is not, or no longer, one of those who give stage ${stage}`)
  takers[stage](setup, state, node, (kind, length) => {
    const { body, signature } = openMessage(message, kind, length, what)
    const evidence = { body: bodyDigest(body), signature }
    if (!isSignedBy(setup.population[index]!.identity, kind, state.context, index, evidence))
      throw refused(`${what} is not signed by it for this round and list`)
    return { body, evidence }
  })
}

/** Whether two advertisements have a key in common. */
const shareKey = (a: Uint8Array, b: Uint8Array): boolean =>
  [0, keyBytes].some((i) =>
    [0, keyBytes].some((j) => sameBytes(a.subarray(i, i + keyBytes), b.subarray(j, j + keyBytes))),
  )

/** Opens a message of a kind and length, and holds it to its signature. */
type Open = (kind: Kind, length: number) => { readonly body: Uint8Array; readonly evidence: Evidence }

const takers: Record<
  'share' | 'mask' | 'agree' | 'unmask',
  (setup: SecureSetup, state: Collected, node: number, open: Open) => void
> = {
  share(_, state, node, open) {
    const neighbours = state.roster!.graph.neighbours(node)
    const { body } = open(kinds.share, keyBytes + neighbours.length * sealedSharesBytes)
    const from = reader(body, 'shares')
    const seedCommitment = from.bytes(keyBytes)
    const shares = new Map(neighbours.map((holder) => [holder, readSealedShares(from)]))
    state.dealt.set(node, { seedCommitment, shares, opened: [] })
  },
  mask(setup, state, node, open) {
    const { body, evidence } = open(kinds.mask, vectorBytes(setup))
    addWords(state.total, wordsOfBytes(body), 1, setup.bits)
    state.masked.set(node, evidence)
  },
  agree(_, state, node, open) {
    state.signatures.set(node, open(kinds.agree, 0).evidence.signature)
  },
  unmask: takeAnswers,
}

/** A node's shares of its neighbours' secrets, each held to what its owner committed to. */
function takeAnswers(setup: SecureSetup, state: Collected, node: number, open: Open): void {
  const roster = state.roster!
  const owners = roster.graph.neighbours(node).filter((other) => state.sharing[other])
  const asked = owners.map((owner) => (state.surviving[owner] ? ('self' as const) : ('pair' as const)))
  const name = nameOf(setup, roster, node)
  const { body } = open(kinds.unmask, owners.length * answerBytes)
  const answers = readAnswers(body, asked, `the message of ${name}`)
  const shares = answers.map(({ secret, share }, i) => {
    const owner = owners[i]!
    const dealt = state.dealt.get(owner)!
    const { selfCommitment, pairCommitment } = dealt.shares.get(node)!
    const commitment = secret === 'self' ? selfCommitment : pairCommitment
    if (share && !sameBytes(shareCommitment(secret, roster.digest, owner, node, share), commitment))
      throw refused(`${name} gives a wrong share of a secret of ${nameOf(setup, roster, owner)}`)
    return { owner, dealt, share }
  })
  for (const { owner, dealt, share } of shares)
    if (share) dealt.opened.push({ place: node + 1, bytes: share })
    else
      state.faults.push({
        node: name,
        what: `has no share of a secret of ${nameOf(setup, roster, owner)}: one of the two is at fault`,
      })
  state.unmasked.add(node)
}

const closers: Record<
  Exclude<Stage, 'done'>,
  (setup: SecureSetup, state: Collected) => Map<string, Uint8Array>
> = {
  advertise(setup, state) {
    const list = [...state.listed.values()].sort((a, b) => a.index - b.index)
    const roster = requireList(setup, state.context, list)
    const message = listMessage(list)
    state.roster = roster
    moveOn(
      state,
      'share',
      roster.digest,
      list.map(() => true),
    )
    return toEach(setup, roster, state.members, () => message)
  },
  share(setup, state) {
    const roster = state.roster!
    const sharing = roster.members.map((_, node) => state.dealt.has(node))
    mustSuffice(setup, roster, sharing, 'those who shared')
    const bits = bitsOf(sharing)
    const context = membersDigest('sharers', roster.digest, bits)
    state.sharing = sharing
    moveOn(state, 'mask', context, sharing)
    return toEach(setup, roster, sharing, (node) => {
      const out = serverMessage(kinds.sharers).bytes(bits)
      for (const other of roster.graph.neighbours(node))
        if (sharing[other]) out.bytes(sealedSharesBody(state.dealt.get(other)!.shares.get(node)!))
      return out.finish()
    })
  },
  mask(setup, state) {
    const roster = state.roster!
    const active = setup.server === 'active'
    const surviving = roster.members.map((_, node) => state.masked.has(node))
    mustSuffice(setup, roster, surviving, 'survivors')
    const bits = bitsOf(surviving)
    const context = membersDigest('survivors', state.context, bits)
    state.surviving = surviving
    moveOn(state, active ? 'agree' : 'unmask', context, surviving)
    return toEach(setup, roster, surviving, (node) => {
      const out = serverMessage(kinds.survivors).bytes(bits)
      if (active)
        for (const other of roster.graph.neighbours(node))
          if (surviving[other]) {
            const { body, signature } = state.masked.get(other)!
            out.bytes(body).bytes(signature)
          }
      return out.finish()
    })
  },
  agree(setup, state) {
    const roster = state.roster!
    const signers = [...state.signatures.keys()].sort((a, b) => a - b)
    // As many as are asked for: each costs every node a check.
    const shown = signers.slice(0, roster.parameters.quorum)
    const signing = roster.members.map((_, node) => shown.includes(node))
    const out = serverMessage(kinds.signatures).bytes(bitsOf(signing))
    for (const node of shown) out.bytes(state.signatures.get(node)!)
    const message = out.finish()
    const members = roster.members.map((_, node) => state.signatures.has(node))
    moveOn(state, 'unmask', state.context, members)
    return toEach(setup, roster, members, () => message)
  },
  unmask(setup, state) {
    const roster = state.roster!
    const { threshold } = roster.parameters
    for (const [owner, { opened }] of state.dealt)
      if (opened.length < threshold)
        throw tooFew(
          `${opened.length} gave shares of ${nameOf(setup, roster, owner)}, and ${threshold} are needed`,
        )
    state.stage = 'done'
    return new Map()
  },
}

function moveOn(state: Collected, stage: Stage, context: Uint8Array, members: boolean[]): void {
  state.stage = stage
  state.context = context
  state.members = members
}

/** An honest server's own check, so that a round fails here and not at every node. */
function mustSuffice(setup: SecureSetup, roster: Roster, left: readonly boolean[], what: string): void {
  try {
    requireEnough(setup, roster, left, what)
  } catch (cause) {
    throw tooFew((cause as Error).message)
  }
}

const toEach = (
  setup: SecureSetup,
  roster: Roster,
  to: readonly boolean[],
  message: (node: number) => Uint8Array,
): Map<string, Uint8Array> =>
  new Map(to.flatMap((is, node) => (is ? [[nameOf(setup, roster, node), message(node)] as const] : [])))
