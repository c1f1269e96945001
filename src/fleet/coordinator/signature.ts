// Requests that a node signs: who sends what, where to, when, and once only.
// Source: ours, on Ed25519 (RFC 8032); the body's digest is signed, so that a forged request is refused before its body is read.
// Answers are not signed: that they are the coordinator's TLS alone says, and what is sent is hidden by TLS alone. A key is for one fleet:
// a coordinator can hand a node's request on to another one that knows the same key.

import { createHash, type KeyObject, randomBytes, verify } from 'node:crypto'
import type { NodeIdentity } from './identity.ts'

/** What a signature says of its request. */
export interface Claim {
  readonly publicKey: string
  /** Milliseconds since 1970 on the node's clock. */
  readonly time: number
  /** 16 bytes in base64url that no other request of the node has. */
  readonly nonce: string
  /** SHA-256 of the body, base64url. */
  readonly digest: string
}

/** Where a request goes. */
export interface Target {
  readonly method: string
  readonly path: string
}

/** Names of the headers. */
const names = {
  publicKey: 'frostglass-key',
  time: 'frostglass-time',
  nonce: 'frostglass-nonce',
  digest: 'frostglass-digest',
  signature: 'frostglass-signature',
} as const

/** Milliseconds that a node's clock and the coordinator's may differ. */
export const clockTolerance = 60_000

/** SHA-256 in base64url. */
export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url')

const signedText = ({ method, path }: Target, { publicKey, time, nonce, digest }: Claim): Uint8Array =>
  Buffer.from(['frostglass fleet request 1', method, path, publicKey, time, nonce, digest].join('\n'))

/** The headers of a request. @param now milliseconds since 1970 */
export function signRequest(
  identity: NodeIdentity,
  target: Target,
  body: Uint8Array,
  now: number,
): Readonly<Record<string, string>> {
  const claim: Claim = {
    publicKey: identity.publicKey,
    time: now,
    nonce: randomBytes(16).toString('base64url'),
    digest: digestOf(body),
  }
  return {
    [names.publicKey]: claim.publicKey,
    [names.time]: String(claim.time),
    [names.nonce]: claim.nonce,
    [names.digest]: claim.digest,
    [names.signature]: Buffer.from(identity.sign(signedText(target, claim))).toString('base64url'),
  }
}

/** Why a request is not a node's. */
export interface NotSigned {
  readonly why: string
}

/**
 * What a request claims, once its signature, its key and its time are found right; whether its nonce is new, and whether its body has the
 * digest, is still to be asked.
 * @param keyOf the key of an enrolled node
 * @param now milliseconds since 1970
 */
export function readSignature(
  header: (name: string) => string | undefined,
  target: Target,
  keyOf: (publicKey: string) => KeyObject | undefined,
  now: number,
): Claim | NotSigned {
  const publicKey = header(names.publicKey) ?? ''
  const time = header(names.time) ?? ''
  const nonce = header(names.nonce) ?? ''
  const digest = header(names.digest) ?? ''
  const signature = header(names.signature) ?? ''
  if (!/^[\w-]{43}$/.test(publicKey) || !/^\d{1,15}$/.test(time) || !/^[\w-]{22}$/.test(nonce))
    return { why: 'the request is not signed by a node' }
  if (!/^[\w-]{43}$/.test(digest) || !/^[\w-]{86}$/.test(signature))
    return { why: 'the request is not signed by a node' }
  const key = keyOf(publicKey)
  if (!key) return { why: `the key ed25519:${publicKey} is not enrolled here` }
  const claim = { publicKey, time: Number(time), nonce, digest }
  const text = signedText(target, claim)
  if (!verify(null, text, key, Buffer.from(signature, 'base64url'))) return { why: 'the signature is wrong' }
  const late = claim.time - now
  if (Math.abs(late) > clockTolerance) {
    const seconds = Math.round(Math.abs(late) / 1000)
    return {
      why: `the node's clock is ${seconds} s ${late > 0 ? 'ahead of' : 'behind'} the coordinator's, and ${clockTolerance / 1000} s are allowed`,
    }
  }
  return claim
}
