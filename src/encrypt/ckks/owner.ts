// The owner's side of CKKS: makes keys, encrypts, decrypts. The secret stays here.
// Source: Cheon, Kim, Kim and Song 2017; SEAL 4.1 (fresh ciphertexts with a seed in the place of half of them).
// CKKS answers carry their noise: an owner who hands decrypted numbers to others with all digits may give the key away
// (Li and Micciancio 2021), and so do rounded numbers or classes, to a service that lies. Hand out nothing but what keyHolder.ts says can be shown.

import { FrostglassError } from '../../errors.ts'
import { sealPlaintext, withCiphertext } from '../seal/ciphertexts.ts'
import { type Owner, type OwnerParts, openOwner } from '../seal/owner.ts'
import type { HeParameters } from '../seal/parameters.ts'
import { orRefuse } from '../seal/runtime.ts'
import { meansOfBlocks } from './cover.ts'
import { zeroForm } from './zeroForm.ts'

/** Who holds the secret key. */
export interface CkksOwner extends Owner {
  /**
   * Encrypts up to `slots` numbers, the rest 0, at a level (the highest) and scale (the usual).
   * @throws RangeError for more; FrostglassError `input` for numbers that are not finite or too large for the scale
   */
  encrypt(values: ArrayLike<number>, level?: number, scale?: number): Uint8Array
  /**
   * Decrypts. Numbers beyond `most` mean a wrong key, or a computation that outgrew its modulus: no answer is given then.
   * @throws FrostglassError `input` for damaged bytes, other parameters, or numbers beyond `most`; `key` for another key's
   */
  decrypt(
    bytes: Uint8Array,
    options: { readonly most: number; readonly name?: string | undefined },
  ): Float64Array
  /**
   * Decrypts, whatever it is: for callers who check it whole.
   * @param options.period gives the means of slots so far apart, exactly, whatever else there is: of a ciphertext at the last level
   * @throws FrostglassError as `decrypt` but for numbers beyond; `input` for another level where there is a period
   */
  decryptAny(
    bytes: Uint8Array,
    options?: { readonly name?: string | undefined; readonly period?: number | undefined },
  ): Float64Array
}

/** Draws a key. @throws FrostglassError `usage` for parameters that are not CKKS or not secure */
export const createCkksOwner = async (parameters: HeParameters): Promise<CkksOwner> =>
  ownerOf(await openOwner('ckks', parameters, zeroForm))

/** Opens what `secret` gave. @throws FrostglassError `input` for damaged bytes or other parameters */
export const openCkksOwner = async (parameters: HeParameters, secret: Uint8Array): Promise<CkksOwner> =>
  ownerOf(await openOwner('ckks', parameters, zeroForm, secret))

function ownerOf({ context, owner, encryptor, decryptor }: OwnerParts): CkksOwner {
  const { seal, arena, parameters, levels } = context
  const { slots, key } = owner
  const encoder = arena.own(new seal.CKKSEncoder(context.context))
  const evaluator = arena.own(new seal.Evaluator(context.context))
  const top = levels.length - 1
  const decryptAny: CkksOwner['decryptAny'] = (bytes, { name = 'the answer', period } = {}) =>
    withCiphertext(
      context,
      key,
      { bytes, name },
      // Decoding refuses too: a scale that its sender made up is beyond the modulus, or no number.
      (ciphertext, plain) => {
        decryptor.decrypt(ciphertext, plain)
        if (period !== undefined) {
          // At another level its residues are not the last N.
          if (ciphertext.coeffModulusSize() > 1) throw new RangeError()
          const whole = plain.saveToArray(seal.ComprModeType.none) as Uint8Array
          meansOfBlocks(whole, parameters.degree, context.lastPrime, period)
          plain.loadFromArray(context.context, whole)
        }
        return Float64Array.from(encoder.decodeFloat64(plain) as Float64Array)
      },
      (values) => values,
    )
  return {
    ...owner,
    encrypt(values, level = top, scale = 2 ** parameters.precision) {
      if (values.length > slots)
        throw new RangeError(`${values.length} numbers do not fit into ${slots} slots`)
      const padded = new Float64Array(slots)
      padded.set(values)
      if (padded.some((v) => !Number.isFinite(v)))
        throw new FrostglassError(
          'input',
          'a number to encrypt is not finite',
          'Fill in or leave out what is missing.',
        )
      const plain = new seal.Plaintext()
      try {
        // Beyond half of the level's modulus numbers would wrap around, silently.
        const room = parameters.primes.slice(0, level + 1).reduce((sum, bits) => sum + bits, 0)
        const most = 2 ** (room - 1) / scale
        if (padded.some((v) => Math.abs(v) >= most))
          throw new FrostglassError(
            'input',
            `a number to encrypt is beyond ±${most.toPrecision(3)}`,
            'Scale the numbers down, or encrypt at a higher level.',
          )
        orRefuse(
          () => encoder.encode(padded, scale, plain),
          'the numbers are too large to encrypt',
          'Scale them down.',
        )
        if (level < top) evaluator.plainModSwitchToInplace(plain, levels[level]!)
        return sealPlaintext(context, key, encryptor, plain)
      } finally {
        plain.delete()
      }
    },
    decryptAny,
    decrypt(bytes, { most, name = 'the answer' }) {
      const values = decryptAny(bytes, { name })
      if (values.some((v) => !(Math.abs(v) <= most)))
        throw new FrostglassError(
          'input',
          `${name} holds numbers beyond ±${most}`,
          'Take more levels: the computation outgrew its modulus, or its precision is spent.',
        )
      return values
    },
  }
}
