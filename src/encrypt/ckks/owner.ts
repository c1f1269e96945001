// The owner's side of CKKS: makes keys, encrypts, decrypts. The secret stays here.
// Source: Cheon, Kim, Kim and Song 2017; SEAL 4.1 (fresh ciphertexts with a seed in the place of half of them).
// CKKS answers carry their noise: an owner who hands decrypted numbers to others with all digits may give the key away
// (Li and Micciancio 2021). Hand out classes or rounded numbers.

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
export interface CkksOwner {
  readonly parameters: HeParameters
  readonly slots: number
  /** Names the key. */
  readonly key: string
  /** Keys for a service: products of ciphertexts, and rotations by these steps. */
  evaluationKeys(needs: KeyNeeds): EvaluationKeys
  /**
   * Encrypts up to `slots` numbers, the rest 0, at a level (the highest).
   * @throws RangeError for more; FrostglassError `input` for numbers that are not finite or too large for the scale
   */
  encrypt(values: ArrayLike<number>, level?: number): Uint8Array
  /**
   * Decrypts. Numbers beyond `most` mean a wrong key, or a computation that outgrew its modulus: no answer is given then.
   * @throws FrostglassError `input` for damaged bytes, other parameters, or numbers beyond `most`; `key` for another key's
   */
  decrypt(bytes: Uint8Array, options: { readonly most: number; readonly name?: string }): Float64Array
  /** The secret key in an envelope: to be sealed before it is written. */
  secret(): Uint8Array
  close(): void
}

/** Draws a key. @throws FrostglassError `usage` for parameters that are not CKKS or not secure */
export async function createCkksOwner(parameters: HeParameters): Promise<CkksOwner> {
  const context = await openCkks(parameters)
  return ownerOf(context, drawKeys(context))
}

/** Opens what `secret` gave. @throws FrostglassError `input` for damaged bytes or other parameters */
export async function openCkksOwner(parameters: HeParameters, secret: Uint8Array): Promise<CkksOwner> {
  const context = await openCkks(parameters)
  try {
    return ownerOf(context, readKeys(context, secret))
  } catch (error) {
    context.arena.close()
    throw error
  }
}

async function openCkks(parameters: HeParameters): Promise<HeContext> {
  if (parameters.scheme !== 'ckks')
    throw new FrostglassError('usage', `these are parameters of ${parameters.scheme}, not of ckks`)
  return openContext(parameters)
}

function ownerOf(context: HeContext, keys: OwnKeys): CkksOwner {
  const { seal, arena, parameters, levels } = context
  const { key, secret } = keys
  const open = arena.own(keys.generator.createPublicKey())
  const encryptor = arena.own(new seal.Encryptor(context.context, open, secret))
  const decryptor = arena.own(new seal.Decryptor(context.context, secret))
  const encoder = arena.own(new seal.CKKSEncoder(context.context))
  const evaluator = arena.own(new seal.Evaluator(context.context))
  const slots = slotsOf(parameters)
  const packed = seal.ComprModeType.zstd
  const top = levels.length - 1
  return {
    parameters,
    slots,
    key,
    evaluationKeys: (needs) => makeEvaluationKeys(context, keys, needs),
    encrypt(values, level = top) {
      if (values.length > slots)
        throw new RangeError(`${values.length} numbers do not fit into ${slots} slots`)
      const padded = new Float64Array(slots)
      padded.set(Array.from(values))
      if (padded.some((v) => !Number.isFinite(v)))
        throw new FrostglassError('input', 'a number to encrypt is not finite', {
          hint: 'fill in or leave out what is missing',
        })
      const plain = new seal.Plaintext()
      try {
        // Beyond half of the level's modulus numbers would wrap around, silently.
        const room = parameters.primes.slice(0, level + 1).reduce((sum, bits) => sum + bits, 0)
        const most = 2 ** (room - parameters.precision - 1)
        if (padded.some((v) => Math.abs(v) >= most))
          throw new FrostglassError('input', `a number to encrypt is beyond ±${most.toPrecision(3)}`, {
            hint: 'scale the numbers down, or encrypt at a higher level',
          })
        orRefuse(
          () => encoder.encode(padded, 2 ** parameters.precision, plain),
          'input',
          'the numbers are too large to encrypt',
          'scale them down',
        )
        if (level < top) evaluator.plainModSwitchToInplace(plain, levels[level]!)
        const sealed = encryptor.encryptSymmetricSerializable(plain)
        const bytes = wrap('ciphertext', parameters, key, sealed.saveToArray(packed) as Uint8Array)
        sealed.delete()
        return bytes
      } finally {
        plain.delete()
      }
    },
    decrypt(bytes, { most, name = 'the answer' }) {
      const { payload } = unwrap(bytes, 'ciphertext', parameters, { name, wanted: key })
      const ciphertext = new seal.Ciphertext()
      const plain = new seal.Plaintext()
      try {
        orRefuse(
          () => {
            ciphertext.loadFromArray(context.context, payload)
            decryptor.decrypt(ciphertext, plain)
          },
          'input',
          `${name} cannot be decrypted`,
          'it may be damaged',
        )
        const values = Float64Array.from(encoder.decodeFloat64(plain) as Float64Array)
        if (values.some((v) => !(Math.abs(v) <= most)))
          throw new FrostglassError('input', `${name} holds numbers beyond ±${most}`, {
            hint: 'the computation outgrew its modulus, or its precision is spent: take more levels',
          })
        return values
      } finally {
        ciphertext.delete()
        plain.delete()
      }
    },
    secret: () => wrapSecret(context, keys),
    close: () => arena.close(),
  }
}
