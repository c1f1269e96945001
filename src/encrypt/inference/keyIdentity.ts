// By what a service counts the holder of keys: residues and seeds of the keys to encrypt with, and nothing around them.
// Source: SHA-256. Parcels have heads with room for anything, envelopes a name that their maker chooses, SEAL's own heads bytes
// that it does not read. It names keys, not people: who draws others, or changes a residue of these, is another. That takes seconds.

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { FrostglassError } from '../../errors.ts'
import { type EvaluationKeys, ownOfEncryptionKey } from '../seal/keys.ts'

/**
 * The name of keys: 64 hexadecimal digits, the same however they are packed, ordered in a head or called in an envelope.
 * @param keys of each modulus, as `readKeys` has them
 * @throws FrostglassError `input` for keys without one to encrypt with, or a damaged one
 */
export function keyIdentityOf(keys: readonly EvaluationKeys[]): string {
  const hash = sha256.create()
  for (const { parameters, encryption } of keys) {
    if (!encryption)
      throw new FrostglassError(
        'input',
        'the keys have none to encrypt with',
        'Make the keys anew: frostglass encrypt keys.',
      )
    for (const part of ownOfEncryptionKey(encryption, parameters)) hash.update(sha256(part))
  }
  return bytesToHex(hash.digest())
}
