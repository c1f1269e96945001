// Parcels: several envelopes in one file or body, behind a head that says what they are.
// Source: ours, version 2: "FGHP", version, kind, length of the head (4 bytes), the head as JSON, then each part behind its
// length (4 bytes, little endian). Envelopes have their own checksums; what is around them is checked for its form.

import { FrostglassError } from '../../errors.ts'

/** What a parcel holds. A `secret` is never to leave. */
export const parcelKinds = ['keys', 'question', 'answer', 'secret'] as const
export type ParcelKind = (typeof parcelKinds)[number]

const magic = new TextEncoder().encode('FGHP')
const version = 2
const fixedBytes = 10

/** The most bytes of a head: it names and counts, and holds no data. */
const mostHead = 1 << 20

/** More than any plan has: what a batch may take in memory, some 200 kB a ciphertext. */
const mostParts = 1 << 17

/** A parcel, opened. The parts are views of its bytes. */
export interface Parcel {
  readonly kind: ParcelKind
  readonly head: unknown
  readonly parts: readonly Uint8Array[]
}

/** The bytes of a parcel, piece by piece: for files and bodies that are not to stand in memory whole. */
export function* parcelPieces(
  kind: ParcelKind,
  head: object,
  parts: Iterable<Uint8Array>,
): Generator<Uint8Array> {
  const json = new TextEncoder().encode(JSON.stringify(head))
  const first = new Uint8Array(fixedBytes + json.length)
  first.set(magic)
  first[4] = version
  first[5] = parcelKinds.indexOf(kind)
  new DataView(first.buffer).setUint32(6, json.length, true)
  first.set(json, fixedBytes)
  yield first
  for (const part of parts) {
    const length = new Uint8Array(4)
    new DataView(length.buffer).setUint32(0, part.length, true)
    yield length
    yield part
  }
}

/** Pieces in one. */
export function joinPieces(pieces: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  const all = [...pieces]
  const bytes = new Uint8Array(all.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of all) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/** A parcel in one piece. */
export const packParcel = (kind: ParcelKind, head: object, parts: Iterable<Uint8Array>): Uint8Array =>
  joinPieces(parcelPieces(kind, head, parts))

/**
 * Opens a parcel.
 * @param name what it is, for messages
 * @param wanted its kind; any if absent
 * @throws FrostglassError `input` for what is none, is cut off, of another kind, or of more parts than any has
 */
export function openParcel(bytes: Uint8Array, name: string, wanted?: ParcelKind): Parcel {
  const refuse = (what: string, hint: string): never => {
    throw new FrostglassError('input', `${name}: ${what}`, hint)
  }
  const cutOff = () => refuse('cut off', 'Send or write it again: it may have been damaged on the way.')
  if (bytes.length < fixedBytes || magic.some((byte, i) => bytes[i] !== byte))
    refuse('this is no encrypted data of ours', 'Give what frostglass encrypt wrote.')
  if (bytes[4] !== version)
    refuse(`format version ${bytes[4]}, and this reads ${version}`, 'Take a newer version.')
  const kind = parcelKinds[bytes[5]!]
  if (kind === undefined || (wanted !== undefined && kind !== wanted))
    refuse(`holds ${kind ?? 'something unknown'}, not ${wanted ?? 'what is known'}`, `Give the ${wanted}.`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const headLength = view.getUint32(6, true)
  if (headLength > mostHead || fixedBytes + headLength > bytes.length) cutOff()
  let head: unknown
  try {
    head = JSON.parse(new TextDecoder().decode(bytes.subarray(fixedBytes, fixedBytes + headLength)))
  } catch {
    refuse('its head cannot be read', 'Send it again: it may have been damaged on the way.')
  }
  const start = fixedBytes + headLength
  // Counted before one is made: of empty parts a body of some megabytes would hold millions.
  let count = 0
  for (let at = start; at < bytes.length; count++) {
    if (at + 4 > bytes.length) cutOff()
    at += 4 + view.getUint32(at, true)
    if (at > bytes.length) cutOff()
    if (count === mostParts)
      refuse(`holds more than ${mostParts.toLocaleString('en')} parts`, 'Give what frostglass encrypt wrote.')
  }
  let at = start
  const parts = Array.from({ length: count }, () => {
    const from = at + 4
    at = from + view.getUint32(at, true)
    return bytes.subarray(from, at)
  })
  return { kind: kind!, head, parts }
}
