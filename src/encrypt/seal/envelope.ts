// What travels: keys and ciphertexts with a header that says whose they are and of which parameters, and a checksum.
// Source: ours, version 1: "FGHE", version, kind, parameters' and key's fingerprints (8 bytes each), SHA-256, payload.
// The checksum finds damage, not malice: who computes on ciphertexts can make others.

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { FrostglassError } from '../../errors.ts'
import { fingerprintOf, type HeParameters } from './parameters.ts'

/** Hexadecimal digits of our own making as bytes: nothing is checked, which saves a browser 30 lines. */
export const bytesOfHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (two) => Number.parseInt(two, 16))

/** What an envelope holds. A `secret` is never to leave. */
export const kinds = [
  'ciphertext',
  'relinearisation keys',
  'rotation keys',
  'secret',
  'encryption key',
  'encryptions of zero',
] as const
export type EnvelopeKind = (typeof kinds)[number]

const magic = new TextEncoder().encode('FGHE')
const version = 1
const headerBytes = 4 + 1 + 1 + 8 + 8 + 32

/** Seals a payload of a key. @param key sixteen hexadecimal digits */
export function wrap(
  kind: EnvelopeKind,
  parameters: HeParameters,
  key: string,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerBytes + payload.length)
  bytes.set(magic)
  bytes[4] = version
  bytes[5] = kinds.indexOf(kind)
  bytes.set(bytesOfHex(fingerprintOf(parameters)), 6)
  bytes.set(bytesOfHex(key), 14)
  bytes.set(payload, headerBytes)
  // Over the header too: what it says is not to be changed by accident either.
  bytes.set(checksum(bytes), 22)
  return bytes
}

const noSum = new Uint8Array(32)

/** Of header and payload, with zeros in the place of the sum itself. */
const checksum = (bytes: Uint8Array): Uint8Array =>
  sha256.create().update(bytes.subarray(0, 22)).update(noSum).update(bytes.subarray(headerBytes)).digest()

/** @throws FrostglassError `input` for what is no envelope of this version, or is damaged */
function requireWhole(bytes: Uint8Array, name: string): void {
  const refuse = (what: string, hint: string): never => {
    throw new FrostglassError('input', `${name}: ${what}`, hint)
  }
  if (bytes.length < headerBytes || magic.some((byte, i) => bytes[i] !== byte))
    refuse('this is no encrypted data of ours', 'Give what frostglass encrypt wrote.')
  if (bytes[4] !== version)
    refuse(`format version ${bytes[4]}, and this reads ${version}`, 'Take a newer version.')
  const sum = checksum(bytes)
  if (sum.some((byte, i) => byte !== bytes[22 + i]))
    refuse('damaged: its checksum is wrong', 'Send it again: it may have been cut off or changed on the way.')
}

/**
 * Opens an envelope: the payload, and the key it belongs to.
 * @param name what it is, for messages
 * @param wanted the key it must belong to; any if absent
 * @throws FrostglassError `input` for what is none, is damaged, of another kind or of other parameters; `key` for another key's
 */
export function unwrap(
  bytes: Uint8Array,
  kind: EnvelopeKind,
  parameters: HeParameters,
  {
    name = `the ${kind}`,
    wanted,
  }: { readonly name?: string | undefined; readonly wanted?: string | undefined } = {},
): { readonly payload: Uint8Array; readonly key: string } {
  const refuse = (code: 'input' | 'key', what: string, hint: string): never => {
    throw new FrostglassError(code, `${name}: ${what}`, hint)
  }
  requireWhole(bytes, name)
  const found = kinds[bytes[5]!]
  if (found !== kind)
    refuse('input', `holds ${found ?? 'something unknown'}, not ${kind}`, `Give the ${kind}.`)
  if (bytesToHex(bytes.subarray(6, 14)) !== fingerprintOf(parameters))
    refuse('input', 'made with other parameters', 'Give both sides the same plan.')
  const key = bytesToHex(bytes.subarray(14, 22))
  if (wanted !== undefined && key !== wanted)
    refuse('key', `belongs to the key ${key}, not ${wanted}`, 'Use the key that it was made with.')
  // A part of Node's Buffer is a Buffer, which SEAL does not take.
  const payload = new Uint8Array(bytes.buffer, bytes.byteOffset + headerBytes, bytes.length - headerBytes)
  return { payload, key }
}

/**
 * What an envelope says of itself: kind, key, and the fingerprint of its parameters.
 * @throws FrostglassError `input` for what is none, or is damaged
 */
export function describeEnvelope(
  bytes: Uint8Array,
  name: string,
): { readonly kind: EnvelopeKind; readonly key: string; readonly parameters: string } {
  requireWhole(bytes, name)
  return {
    kind: kinds[bytes[5]!]!,
    key: bytesToHex(bytes.subarray(14, 22)),
    parameters: bytesToHex(bytes.subarray(6, 14)),
  }
}
