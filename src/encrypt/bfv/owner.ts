// The owner's side of BFV: whole numbers modulo a prime, one in each slot; exact while noise stays below half of Q / t.
// Source: Fan and Vercauteren 2012; SEAL 4.1 (batching).
// Answers of a service carry noise up to that edge (drown.ts), so no noise budget tells whether they are right: bounds do.

import { sealPlaintext, withCiphertext } from '../seal/ciphertexts.ts'
import { type Owner, type OwnerParts, openOwner } from '../seal/owner.ts'
import type { HeParameters } from '../seal/parameters.ts'
import { zeroFormOf } from './zeros.ts'

/** Who holds the secret key. */
export interface BfvOwner extends Owner {
  /** t: numbers are residues of it, nearest to zero. */
  readonly modulus: bigint
  /** Encrypts up to `slots` whole numbers, the rest 0. @throws RangeError for more, or for one beyond ± t / 2 */
  encrypt(values: ArrayLike<number>): Uint8Array
  /**
   * Decrypts: residues nearest to zero.
   * @throws FrostglassError `input` for damaged bytes or other parameters; `key` for another key's
   */
  decrypt(bytes: Uint8Array, name?: string): BigInt64Array
  /**
   * SEAL's noise budget, in bits: 0 for noise beyond Q / 4t, as every answer of a service has. For measurements of noise alone: what
   * it is of an answer depends on the key, and is nobody's to know.
   */
  noiseBudget(bytes: Uint8Array): number
}

/** Draws a key. @throws FrostglassError `usage` for parameters that are not BFV or not secure */
export const createBfvOwner = async (parameters: HeParameters): Promise<BfvOwner> =>
  ownerOf(await openOwner('bfv', parameters, zeroFormOf(parameters)))

/** Opens what `secret` gave. @throws FrostglassError `input` for damaged bytes or other parameters */
export const openBfvOwner = async (parameters: HeParameters, secret: Uint8Array): Promise<BfvOwner> =>
  ownerOf(await openOwner('bfv', parameters, zeroFormOf(parameters), secret))

function ownerOf({ context, owner, encryptor, decryptor }: OwnerParts): BfvOwner {
  const { seal, arena } = context
  const { slots, key } = owner
  const encoder = arena.own(new seal.BatchEncoder(context.context))
  const modulus = context.plainModulus as bigint
  const most = modulus / 2n
  return {
    ...owner,
    modulus,
    encrypt(values) {
      if (values.length > slots)
        throw new RangeError(`${values.length} numbers do not fit into ${slots} slots`)
      const padded = new BigInt64Array(slots)
      for (let i = 0; i < values.length; i++) {
        const value = BigInt(values[i]!)
        if (value > most || value < -most) throw new RangeError(`${value} is beyond ±${most}`)
        padded[i] = value
      }
      const plain = new seal.Plaintext()
      try {
        encoder.encode(padded, plain)
        return sealPlaintext(context, key, encryptor, plain)
      } finally {
        plain.delete()
      }
    },
    decrypt: (bytes, name = 'the answer') =>
      withCiphertext(
        context,
        key,
        { bytes, name },
        (ciphertext, plain) => {
          decryptor.decrypt(ciphertext, plain)
          return BigInt64Array.from(encoder.decodeBigInt64(plain) as BigInt64Array)
        },
        (read) => read,
      ),
    noiseBudget: (bytes) =>
      withCiphertext(
        context,
        key,
        { bytes, name: 'the answer' },
        (ciphertext) => decryptor.invariantNoiseBudget(ciphertext),
        (read) => read,
      ),
  }
}
