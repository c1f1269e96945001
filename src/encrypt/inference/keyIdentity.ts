// By what a service counts the holder of keys: the public keys to encrypt with, and not the parcel or envelopes around them.
// Source: SHA-256. Parcels have heads with room for anything, and envelopes a name that their maker chooses.
// It names keys, not people: who draws others, or changes a byte of these, is another. That takes seconds.

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { FrostglassError } from '../../errors.ts'
import { unwrap } from '../seal/envelope.ts'
import type { EvaluationKeys } from '../seal/keys.ts'

/**
 * The name of keys: 64 hexadecimal digits, the same however they are packed, ordered in a head or called in an envelope.
 * @param keys of each modulus, as `readKeys` has them
 * @throws FrostglassError `input` for keys without one to encrypt with, or a damaged one
 */
export function keyIdentityOf(keys: readonly EvaluationKeys[]): string {
  const hash = sha256.create()
  for (const { parameters, encryption } of keys) {
    if (!encryption)
      throw new FrostglassError('input', 'the keys have none to encrypt with', {
        hint: 'make the keys anew: frostglass encrypt keygen',
      })
    hash.update(sha256(unwrap(encryption, 'encryption key', parameters).payload))
  }
  return bytesToHex(hash.digest())
}
