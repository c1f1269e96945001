// What a parcel says of itself, for whoever has it: kind, packing, counts, bytes, the keys it belongs to.
// Source: seal/parcel.ts, seal/envelope.ts. It opens nothing.

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { describeEnvelope } from '../seal/envelope.ts'
import type { ParcelKind } from '../seal/parcel.ts'
import { openWithHead } from './openWithHead.ts'

/** What {@link describeParcel} says of a parcel; it needs no key. */
export interface ParcelDescription {
  readonly kind: ParcelKind
  readonly packing: string
  /** Of a question or an answer. */
  readonly images: number | null
  readonly bytes: number
  /** SHA-256 of the whole: by it a service finds keys again. */
  readonly fingerprint: string
  /** Envelopes, by what they hold. */
  readonly holds: Readonly<Record<string, number>>
  /** Names of the secret keys that they belong to. */
  readonly keys: readonly string[]
}

/** @throws FrostglassError `input` for what is no parcel, is cut off or damaged */
export function describeParcel(bytes: Uint8Array, name: string): ParcelDescription {
  const { kind, head, parts } = openWithHead(bytes, name)
  const { packing, images } = head
  const holds: Record<string, number> = {}
  const keys = new Set<string>()
  for (const part of parts) {
    const envelope = describeEnvelope(part, name)
    holds[envelope.kind] = (holds[envelope.kind] ?? 0) + 1
    keys.add(envelope.key)
  }
  return {
    kind,
    packing: typeof packing === 'string' ? packing : 'unknown',
    images: typeof images === 'number' ? images : null,
    bytes: bytes.length,
    fingerprint: bytesToHex(sha256(bytes)),
    holds,
    keys: [...keys],
  }
}
