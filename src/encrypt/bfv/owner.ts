// The owner's side of BFV: whole numbers modulo a prime, one in each slot; exact, or refused.
// Source: Fan and Vercauteren 2012; SEAL 4.1 (batching, fresh ciphertexts with a seed in the place of half of them).
// A ciphertext whose noise is spent is refused: SEAL measures what is left of it with the secret key.

import { FrostglassError } from '../../errors.ts'
import { type HeContext, openContext } from '../seal/context.ts'
import { unwrap, wrap } from '../seal/envelope.ts'
import {
  drawKeys,
  type EvaluationKeys,
  type KeyNeeds,
  makeEvaluationKeys,
  type OwnKeys,
  readKeys,
  wrapSecret,
} from '../seal/keys.ts'
import { type HeParameters, slotsOf } from '../seal/parameters.ts'
import { orRefuse } from '../seal/runtime.ts'

/** Who holds the secret key. */
export interface BfvOwner {
  readonly parameters: HeParameters
  readonly slots: number
  /** t: numbers are residues of it, nearest to zero. */
  readonly modulus: bigint
  /** Names the key. */
  readonly key: string
  evaluationKeys(needs: KeyNeeds): EvaluationKeys
  /** Encrypts up to `slots` whole numbers, the rest 0. @throws RangeError for more, or for one beyond ± t / 2 */
  encrypt(values: ArrayLike<number>): Uint8Array
  /**
   * Decrypts: residues nearest to zero.
   * @throws FrostglassError `input` for damaged bytes, other parameters, or noise that is spent (a wrong key shows so,
   * too); `key` for another key's
   */
  decrypt(bytes: Uint8Array, name?: string): { readonly values: BigInt64Array; readonly noiseBudget: number }
  /** The secret key in an envelope: to be sealed before it is written. */
  secret(): Uint8Array
  close(): void
}

/** Draws a key. @throws FrostglassError `usage` for parameters that are not BFV or not secure */
export async function createBfvOwner(parameters: HeParameters): Promise<BfvOwner> {
  const context = await openBfv(parameters)
  return ownerOf(context, drawKeys(context))
}

/** Opens what `secret` gave. @throws FrostglassError `input` for damaged bytes or other parameters */
export async function openBfvOwner(parameters: HeParameters, secret: Uint8Array): Promise<BfvOwner> {
  const context = await openBfv(parameters)
  try {
    return ownerOf(context, readKeys(context, secret))
  } catch (error) {
    context.arena.close()
    throw error
  }
}

async function openBfv(parameters: HeParameters): Promise<HeContext> {
  if (parameters.scheme !== 'bfv')
    throw new FrostglassError('usage', `these are parameters of ${parameters.scheme}, not of bfv`)
  return openContext(parameters)
}

function ownerOf(context: HeContext, keys: OwnKeys): BfvOwner {
  const { seal, arena, parameters } = context
  const { key, secret } = keys
  const open = arena.own(keys.generator.createPublicKey())
  const encryptor = arena.own(new seal.Encryptor(context.context, open, secret))
  const decryptor = arena.own(new seal.Decryptor(context.context, secret))
  const encoder = arena.own(new seal.BatchEncoder(context.context))
  const slots = slotsOf(parameters)
  const modulus = context.plainModulus as bigint
  const most = modulus / 2n
  return {
    parameters,
    slots,
    modulus,
    key,
    evaluationKeys: (needs) => makeEvaluationKeys(context, keys, needs),
    encrypt(values) {
      if (values.length > slots)
        throw new RangeError(`${values.length} numbers do not fit into ${slots} slots`)
      const padded = new BigInt64Array(slots)
      for (let i = 0; i < values.length; i++) {
        const value = BigInt(values[i] as number)
        if (value > most || value < -most) throw new RangeError(`${value} is beyond ±${most}`)
        padded[i] = value
      }
      const plain = new seal.Plaintext()
      try {
        encoder.encode(padded, plain)
        const sealed = encryptor.encryptSymmetricSerializable(plain)
        const packed = sealed.saveToArray(seal.ComprModeType.zstd) as Uint8Array
        sealed.delete()
        return wrap('ciphertext', parameters, key, packed)
      } finally {
        plain.delete()
      }
    },
    decrypt(bytes, name = 'the answer') {
      const { payload } = unwrap(bytes, 'ciphertext', parameters, { name, wanted: key })
      const ciphertext = new seal.Ciphertext()
      const plain = new seal.Plaintext()
      try {
        const noiseBudget = orRefuse(
          () => {
            ciphertext.loadFromArray(context.context, payload)
            return decryptor.invariantNoiseBudget(ciphertext)
          },
          'input',
          `${name} cannot be decrypted`,
          'it may be damaged',
        )
        if (noiseBudget <= 0)
          throw new FrostglassError('input', `${name}: its noise is spent, nothing can be read`, {
            hint: 'the computation was too deep for the parameters, or it was encrypted with another key',
          })
        decryptor.decrypt(ciphertext, plain)
        return { values: BigInt64Array.from(encoder.decodeBigInt64(plain) as BigInt64Array), noiseBudget }
      } finally {
        ciphertext.delete()
        plain.delete()
      }
    },
    secret: () => wrapSecret(context, keys),
    close: () => arena.close(),
  }
}
