// Repeatable secrets for experiments and tests: a key's 32 bytes from a seed.
// Source: RFC 5869 (HKDF-SHA256).
// Not for data: a key that protects something is drawn from the system's generator. A test keeps this file to those two.

import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'

/** The secret of a seed and a use, e.g. `seededSecret(7, 'figure 11')`. */
export function seededSecret(seed: number, use: string): Uint8Array {
  const text = new TextEncoder()
  return hkdf(sha256, text.encode(`frostglass experiment ${seed}`), undefined, text.encode(use), 32)
}
