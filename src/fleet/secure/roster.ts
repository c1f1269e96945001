// What a round's list of advertisements comes to: who is on it, by which keys, in which graph, with which thresholds.
// Source: Bonawitz et al. 2017, figure 4, round 1; PROOF.md, lemma 2. Node and server compute it alike.
// A list says who may come, not who will.

import { FrostglassError } from '../../errors.ts'
import type { SecureSetup } from './contract.ts'
import { isWeakKey, signatureBytes } from './crypto.ts'
import { type RoundGraph, roundGraph } from './graph.ts'
import {
  advertisementBytes,
  bodyDigest,
  isSignedBy,
  kinds,
  type Listed,
  listDigest,
  openKind,
  readAdvertisement,
  serverMessage,
} from './messages.ts'
import type { Member } from './nodeState.ts'
import { chooseParameters, type Parameters } from './parameters.ts'
import { malformed, type Reader, readBits } from './wire.ts'

/** A list, its digest, and what follows from both. Nodes are numbers on the list. */
export interface Roster {
  readonly digest: Uint8Array
  readonly members: readonly Member[]
  readonly parameters: Parameters
  readonly graph: RoundGraph
}

/** @throws FrostglassError `usage` where no graph of so many nodes holds what the setup asks for */
export function rosterOf(setup: SecureSetup, digest: Uint8Array, members: readonly Member[]): Roster {
  const parameters = chooseParameters(setup, members.length)
  return { digest, members, parameters, graph: roundGraph(digest, members.length, parameters.degree) }
}

/** The list as the server's message. */
export function listMessage(list: readonly Listed[]): Uint8Array {
  const out = serverMessage(kinds.list).short(list.length)
  for (const { index, body, signature } of list) out.short(index).bytes(body).bytes(signature)
  return out.finish()
}

/** The list of a message. @throws FrostglassError `input` where it is malformed or names a node twice */
export function readList(setup: SecureSetup, message: Uint8Array): Listed[] {
  const what = 'the list of advertisements'
  const from = openKind(message, kinds.list, what)
  const count = from.short()
  if (count > setup.population.length)
    throw malformed(what, `${count} nodes are on it, and fewer are enrolled`)
  const list: Listed[] = []
  for (let i = 0; i < count; i++) {
    const index = from.short()
    if (index >= setup.population.length) throw malformed(what, `node ${index} is not enrolled`)
    const before = list.at(-1)?.index ?? -1
    if (index === before) throw malformed(what, `${setup.population[index]!.name} is on it twice`)
    if (index < before) throw malformed(what, 'it is not in the order of the population')
    list.push({ index, body: from.bytes(advertisementBytes), signature: from.bytes(signatureBytes) })
  }
  from.end()
  return list
}

/**
 * Takes a list for true: as many as are asked for, each advertisement signed by the node that it is of, for this round, with
 * keys that are nobody else's.
 * @throws FrostglassError `input`, naming the node at fault
 */
export function requireList(setup: SecureSetup, round: Uint8Array, list: readonly Listed[]): Roster {
  if (list.length < setup.fewest)
    throw refused(`the list is too short: ${list.length} advertised, and ${setup.fewest} are asked for`)
  const owners = new Map<string, string>()
  const members = list.map((listed) => {
    const { name } = setup.population[listed.index]!
    requireAdvertisement(setup, round, listed)
    const keys = readAdvertisement(listed.body)
    for (const key of [keys.sealKey, keys.maskKey]) {
      const text = Buffer.from(key).toString('hex')
      const other = owners.get(text)
      if (other !== undefined) throw refused(`${other} and ${name} advertise the same key`)
      owners.set(text, name)
    }
    return { index: listed.index, ...keys }
  })
  return rosterOf(setup, listDigest(round, list), members)
}

/** @throws FrostglassError `input`, naming the node, unless it signed this for this round, and both keys are sound */
export function requireAdvertisement(setup: SecureSetup, round: Uint8Array, listed: Listed): void {
  const { name, identity } = setup.population[listed.index]!
  const evidence = { body: bodyDigest(listed.body), signature: listed.signature }
  if (!isSignedBy(identity, kinds.advertise, round, listed.index, evidence))
    throw refused(`the advertisement of ${name} is not signed by it for this round`)
  const { sealKey, maskKey } = readAdvertisement(listed.body)
  if (isWeakKey(sealKey) || isWeakKey(maskKey)) throw refused(`${name} advertises a key of small order`)
}

/** Which nodes of a list a message names. @throws FrostglassError `input` for bits behind the last */
export const readMembers = (from: Reader, roster: Roster, what: string): boolean[] =>
  readBits(from, roster.members.length, what)

/**
 * Whether those who are left are enough, in number and around everybody.
 * @param what who they are, for messages: “survivors”
 * @throws FrostglassError `input`
 */
export function requireEnough(
  setup: SecureSetup,
  { parameters, graph }: Roster,
  left: readonly boolean[],
  what: string,
): void {
  const count = left.filter((is) => is).length
  if (count < parameters.survivors)
    throw refused(`the list of ${what} is too short: ${count} are on it, and ${parameters.survivors} must be`)
  const fewest =
    setup.server === 'active'
      ? graph.fewestInTwoStretches(left)
      : Math.min(
          ...left.map((is, node) =>
            is ? graph.neighbours(node).filter((other) => left[other]).length : left.length,
          ),
        )
  if (fewest < parameters.threshold)
    throw refused(
      `the list of ${what} leaves ${fewest} where ${parameters.threshold} must be left around a node, or between two`,
    )
}

/** Name of a node of the list. */
export const nameOf = (setup: SecureSetup, { members }: Roster, node: number): string =>
  setup.population[members[node]!.index]!.name

/** The error of what an honest party does not send. */
export const refused = (why: string): FrostglassError =>
  new FrostglassError(
    'input',
    why,
    'Nothing was answered to it. Set up a round anew, without whoever is named.',
  )
