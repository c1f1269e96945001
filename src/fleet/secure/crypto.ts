// The primitives of the protocol on raw bytes: X25519, Ed25519, HKDF, SHA-256, ChaCha20 and ChaCha20-Poly1305.
// Source: RFC 7748, 8032, 5869, 8439; all of them OpenSSL's, by node:crypto.
// It keeps no secret out of memory for good: JavaScript's garbage is not wiped.

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto'
import { concatBytes } from '@noble/hashes/utils.js'

/** Bytes of keys, secrets and digests. */
export const keyBytes = 32
/** Bytes of a signature. */
export const signatureBytes = 64
/** Bytes that sealing adds. */
export const sealBytes = 16

// What stands before 32 raw bytes in PKCS#8 and SPKI (RFC 8410): node:crypto reads no raw keys.
const der = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const forms = {
  x25519: { secret: der('302e020100300506032b656e04220420'), open: der('302a300506032b656e032100') },
  ed25519: { secret: der('302e020100300506032b657004220420'), open: der('302a300506032b6570032100') },
}

type Curve = keyof typeof forms

const secretKey = (curve: Curve, raw: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.from(concatBytes(forms[curve].secret, raw)), format: 'der', type: 'pkcs8' })

const openKey = (curve: Curve, raw: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.from(concatBytes(forms[curve].open, raw)), format: 'der', type: 'spki' })

function publicOf(curve: Curve, raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const spki = createPublicKey(secretKey(curve, raw)).export({ format: 'der', type: 'spki' })
  return Uint8Array.from(spki.subarray(-keyBytes))
}

/** The X25519 public key of a secret of 32 bytes. */
export const agreementKey = (secret: Uint8Array): Uint8Array<ArrayBuffer> => publicOf('x25519', secret)

/** The Ed25519 public key of a secret of 32 bytes: what a population lists. */
export const identityKey = (secret: Uint8Array): Uint8Array<ArrayBuffer> => publicOf('ed25519', secret)

/** A secret from which keys are agreed with many. */
export function agreement(secret: Uint8Array): (open: Uint8Array) => Uint8Array {
  const key = secretKey('x25519', secret)
  return (open) => diffieHellman({ privateKey: key, publicKey: openKey('x25519', open) })
}

/** Whether 32 bytes are Curve25519's p = 2^255 − 19 or above, or a point of order 8 or less: no honest node has such a key. */
export function isWeakKey(open: Uint8Array): boolean {
  const u = littleEndian(open)
  return u >= fieldPrime || smallOrder.has(u)
}

const littleEndian = (bytes: Uint8Array): bigint =>
  BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)

const fieldPrime = 2n ** 255n - 19n
// u of the points of order 1, 2, 4 and 8 of the curve and its twist, below p (Bernstein 2006, cr.yp.to/ecdh.html).
const smallOrder = new Set([
  0n,
  1n,
  fieldPrime - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
])

/** Signs with Ed25519. */
export const sign = (secret: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(signBytes(null, bytes, secretKey('ed25519', secret)))

/** Whether a signature holds. */
export function holds(open: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  // Reading a key takes as long as half a check, and a population's keys are used again and again.
  const key = identities.get(open) ?? openKey('ed25519', open)
  identities.set(open, key)
  return verifyBytes(null, bytes, key, signature)
}

const identities = new WeakMap<Uint8Array, KeyObject>()

/** SHA-256 of all parts, one after another: each must be of a length that the label before it fixes. */
export function digest(label: string, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const hash = createHash('sha256').update(`frostglass/secure/v1/${label}\0`)
  for (const part of parts) hash.update(part)
  return Uint8Array.from(hash.digest())
}

/** A key for one use, from a secret: HKDF-SHA256. */
export function derive(
  secret: Uint8Array,
  context: Uint8Array,
  use: string,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  const info = concatBytes(Buffer.from(`frostglass/secure/v1/${use}\0`), ...parts)
  return new Uint8Array(hkdfSync('sha256', secret, context, info, keyBytes))
}

/** The first bytes of the ChaCha20 keystream of a key, from block 0, with nonce 0: a key gives one stream only. */
export function keystream(key: Uint8Array, bytes: number): Uint8Array {
  if (zeros.length < bytes) zeros = new Uint8Array(bytes)
  return createCipheriv('chacha20', key, firstBlock).update(zeros.subarray(0, bytes))
}

let zeros = new Uint8Array(0)
const firstBlock = new Uint8Array(16)
// Every key seals one message.
const nonce = new Uint8Array(12)
const mode = { authTagLength: sealBytes }

/** Seals under a key that seals nothing else; `bound` is sealed with it and not sent. */
export function seal(key: Uint8Array, plain: Uint8Array, bound: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, mode)
  cipher.setAAD(bound, { plaintextLength: plain.length })
  const sealed = cipher.update(plain)
  cipher.final()
  return concatBytes(sealed, cipher.getAuthTag())
}

/** What was sealed; nothing where it, the key or what it is bound to is another. */
export function unseal(key: Uint8Array, sealed: Uint8Array, bound: Uint8Array): Uint8Array | undefined {
  if (sealed.length < sealBytes) return undefined
  const body = sealed.subarray(0, -sealBytes)
  const cipher = createDecipheriv('chacha20-poly1305', key, nonce, mode)
  cipher.setAAD(bound, { plaintextLength: body.length })
  cipher.setAuthTag(sealed.subarray(-sealBytes))
  const plain = cipher.update(body)
  try {
    cipher.final()
    return Uint8Array.from(plain)
  } catch {
    return undefined
  }
}
