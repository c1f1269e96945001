// The messages of a round as bytes, and what is signed, sealed and committed to.
// Source: Bonawitz et al. 2017, figure 4; the forms are ours. Nodes' messages are signed by their identities, each under all before.
// Here is form alone: node.ts and server.ts judge what a message says.

import { concatBytes } from '@noble/hashes/utils.js'
import type { SecureSetup } from './contract.ts'
import { digest, holds, keyBytes, sealBytes, sign, signatureBytes } from './crypto.ts'
import { shareBytes } from './shamir.ts'
import { malformed, type Reader, reader, sameBytes, writer } from './wire.ts'

const version = 1

/** Kinds of messages: of nodes, then of the server. */
export const kinds = {
  advertise: 1,
  share: 2,
  mask: 3,
  agree: 4,
  unmask: 5,
  list: 17,
  sharers: 18,
  survivors: 19,
  signatures: 20,
} as const

export type Kind = (typeof kinds)[keyof typeof kinds]

const short = (value: number): Uint8Array => writer().short(value).finish()

/** A signature and the digest of the body that it is of: enough to show somebody who has not the body. */
export interface Evidence {
  readonly body: Uint8Array
  readonly signature: Uint8Array
}

/**
 * What is signed: a label of this protocol, in words, before the digest. A bare digest is what somebody might have a key sign who
 * asks for something else.
 */
const signed = (kind: Kind, context: Uint8Array, sender: number, bodyDigest: Uint8Array): Uint8Array =>
  concatBytes(signedLabel, digest('signed', Uint8Array.of(kind), context, short(sender), bodyDigest))

const signedLabel = new TextEncoder().encode('frostglass secure aggregation 1\n')

/** The digest of a message's body. */
export const bodyDigest = (body: Uint8Array): Uint8Array<ArrayBuffer> => digest('body', body)

/**
 * A node's message: version, kind, body, and a signature over kind, context, sender and body.
 * @param context the digest of all that the round has agreed on before @param sender the node's number in the population
 */
export function signMessage(
  kind: Kind,
  context: Uint8Array,
  sender: number,
  body: Uint8Array,
  identity: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const signature = sign(identity, signed(kind, context, sender, bodyDigest(body)))
  return concatBytes(Uint8Array.of(version, kind), body, signature)
}

/** Whether evidence is of that node, kind and context. */
export const isSignedBy = (
  identity: Uint8Array,
  kind: Kind,
  context: Uint8Array,
  sender: number,
  { body, signature }: Evidence,
): boolean => holds(identity, signed(kind, context, sender, body), signature)

/** The parts of a node's message. @throws FrostglassError `input` where it is not of that kind and of `length` bytes between */
export function openMessage(
  message: Uint8Array,
  kind: Kind,
  length: number,
  what: string,
): { readonly body: Uint8Array; readonly signature: Uint8Array } {
  const from = openKind(message, kind, what)
  const body = from.bytes(length)
  const signature = from.bytes(signatureBytes)
  from.end()
  return { body, signature }
}

/** A reader behind version and kind. @throws FrostglassError `input` where they are others */
export function openKind(message: Uint8Array, kind: Kind, what: string): Reader {
  const from = reader(message, what)
  const is = from.byte()
  if (is !== version)
    throw malformed(what, `it is of version ${is}, and this program knows version ${version}`)
  const found = from.byte()
  if (found !== kind) throw malformed(what, `it is of kind ${found}, and kind ${kind} was to come`)
  return from
}

/** The start of a message of the server. */
export const serverMessage = (kind: Kind) => writer().byte(version).byte(kind)

/** The kind that a message says it is; 0 for none. */
export const kindOf = (message: Uint8Array): number => message[1] ?? 0

/** An advertisement: the key that seals, and the key that masks. */
export interface Advertisement {
  readonly sealKey: Uint8Array
  readonly maskKey: Uint8Array
}

export const advertisementBytes = 2 * keyBytes

export const advertisementBody = ({ sealKey, maskKey }: Advertisement): Uint8Array =>
  concatBytes(sealKey, maskKey)

export const readAdvertisement = (body: Uint8Array): Advertisement => ({
  sealKey: body.slice(0, keyBytes),
  maskKey: body.slice(keyBytes),
})

/** One advertisement of the list, as the server shows it. */
export interface Listed extends Evidence {
  /** The node's number in the population. */
  readonly index: number
}

/** What shares are sealed into: commitments to both, and the two of them. */
export interface SealedShares {
  readonly selfCommitment: Uint8Array
  readonly pairCommitment: Uint8Array
  readonly sealed: Uint8Array
}

export const sealedSharesBytes = 2 * keyBytes + 2 * shareBytes + sealBytes

export const sealedSharesBody = ({ selfCommitment, pairCommitment, sealed }: SealedShares): Uint8Array =>
  concatBytes(selfCommitment, pairCommitment, sealed)

export const readSealedShares = (from: Reader): SealedShares => ({
  selfCommitment: from.bytes(keyBytes),
  pairCommitment: from.bytes(keyBytes),
  sealed: from.bytes(2 * shareBytes + sealBytes),
})

/** Which of a node's two secrets: the seed of its own mask, or the key of its masks with others. */
export type Secret = 'self' | 'pair'

/** A commitment to one share. It hides it, since a share is 256 bits that fewer than the threshold do not know. */
export const shareCommitment = (
  secret: Secret,
  list: Uint8Array,
  owner: number,
  holder: number,
  share: Uint8Array,
): Uint8Array<ArrayBuffer> => digest(`share ${secret}`, list, short(owner), short(holder), share)

/** A commitment to the seed of a node's own mask. */
export const seedCommitment = (list: Uint8Array, owner: number, seed: Uint8Array): Uint8Array<ArrayBuffer> =>
  digest('seed', list, short(owner), seed)

/** Who seals for whom: part of the key, and bound into the seal. */
export const sealDirection = (from: number, to: number): Uint8Array => concatBytes(short(from), short(to))

/** The digest of the list of advertisements: its order, its signatures, and through the setup everything before. */
export const listDigest = (setup: Uint8Array, list: readonly Listed[]): Uint8Array<ArrayBuffer> =>
  digest('list', setup, ...list.flatMap(({ index, body, signature }) => [short(index), body, signature]))

/** The digest of who is left, under the digest before it. */
export const membersDigest = (
  what: 'sharers' | 'survivors',
  before: Uint8Array,
  bits: Uint8Array,
): Uint8Array<ArrayBuffer> => digest(what, before, bits)

/** Bytes of a masked vector. */
export const vectorBytes = ({ length, bits }: SecureSetup): number => (length * bits) / 8

/** What a node answers of one neighbour: a share of one of its secrets, or that it has none. */
export interface Answer {
  readonly secret: Secret
  readonly share: Uint8Array | undefined
}

const marks = { none: 0, self: 1, pair: 2 } as const

/** Bytes of one answer: which secret it is of, and the share, or zeros. */
export const answerBytes = 1 + shareBytes

export function answersBody(answers: readonly Answer[]): Uint8Array {
  const out = writer()
  for (const { secret, share } of answers)
    out.byte(share ? marks[secret] : marks.none).bytes(share ?? noShare)
  return out.finish()
}

const noShare = new Uint8Array(shareBytes)

/** Answers to the questions that were asked, in their order. @throws FrostglassError `input` for answers to others */
export function readAnswers(body: Uint8Array, asked: readonly Secret[], what: string): Answer[] {
  const from = reader(body, what)
  const answers = asked.map((secret): Answer => {
    const mark = from.byte()
    const share = from.bytes(shareBytes)
    if (mark === marks.none && sameBytes(share, noShare)) return { secret, share: undefined }
    if (mark !== marks[secret]) throw malformed(what, 'it answers another question than was asked')
    return { secret, share }
  })
  from.end()
  return answers
}

/** The two shares that a seal holds. */
export function readShares(plain: Uint8Array): { readonly self: Uint8Array; readonly pair: Uint8Array } {
  return { self: plain.slice(0, shareBytes), pair: plain.slice(shareBytes) }
}

/** Whether both shares are those that were committed to. */
export const areCommitted = (
  { selfCommitment, pairCommitment }: SealedShares,
  { self, pair }: { readonly self: Uint8Array; readonly pair: Uint8Array },
  list: Uint8Array,
  owner: number,
  holder: number,
): boolean =>
  sameBytes(shareCommitment('self', list, owner, holder, self), selfCommitment) &&
  sameBytes(shareCommitment('pair', list, owner, holder, pair), pairCommitment)
