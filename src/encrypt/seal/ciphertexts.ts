// Ciphertexts as they travel, of either scheme: sealed from plaintexts, opened by their owner, read and written by a service.
// Source: SEAL 4.1; envelope.ts. A fresh one has a seed in the place of half of it.

import type { Ciphertext, Encryptor, Plaintext } from 'node-seal'
import { FrostglassError } from '../../errors.ts'
import type { HeContext } from './context.ts'
import { unwrap, wrap } from './envelope.ts'
import { loadableCiphertext } from './loadable.ts'
import { orRefuse } from './runtime.ts'

/** Encrypts an encoded plaintext with the secret key. */
export function sealPlaintext(
  { seal, parameters }: HeContext,
  key: string,
  encryptor: Encryptor,
  plain: Plaintext,
): Uint8Array {
  const sealed = encryptor.encryptSymmetricSerializable(plain)
  try {
    return wrap('ciphertext', parameters, key, sealed.saveToArray(seal.ComprModeType.zstd) as Uint8Array)
  } finally {
    sealed.delete()
  }
}

/**
 * Lends what is in an envelope to `use`, with an empty plaintext beside it; both are freed then.
 * @param load what may fail for a damaged ciphertext
 * @throws FrostglassError `input` for damaged bytes or other parameters, `key` for another key's
 */
export function withCiphertext<L, T>(
  { seal, context, parameters }: HeContext,
  key: string,
  { bytes, name }: { readonly bytes: Uint8Array; readonly name: string },
  load: (ciphertext: Ciphertext, plain: Plaintext) => L,
  use: (loaded: L, ciphertext: Ciphertext, plain: Plaintext) => T,
): T {
  const { payload } = unwrap(bytes, 'ciphertext', parameters, { name, wanted: key })
  const ciphertext = new seal.Ciphertext()
  const plain = new seal.Plaintext()
  try {
    const loaded = orRefuse(
      () => {
        ciphertext.loadFromArray(context, loadableCiphertext(payload, parameters, name))
        return load(ciphertext, plain)
      },
      `${name} cannot be decrypted`,
      'Send or write it again: it may be damaged.',
    )
    return use(loaded, ciphertext, plain)
  } finally {
    ciphertext.delete()
    plain.delete()
  }
}

/** What anybody sees of a ciphertext without a key, besides its two polynomials. */
export interface CiphertextForm {
  readonly level: number
  /** Of CKKS; 1 in BFV. */
  readonly scale: number
}

/** How far scales may be apart that are meant to be one: what is left is floating point's. */
const nearScale = 1e-9

/**
 * Requires of a ciphertext what needs no secret, so that decrypting it cannot fail in a way of its own.
 * @throws FrostglassError `input` for damaged bytes, other parameters, or another form; `key` for another key's
 */
export function requireForm(
  context: HeContext,
  key: string,
  given: { readonly bytes: Uint8Array; readonly name: string },
  { level, scale }: CiphertextForm,
): void {
  withCiphertext(
    context,
    key,
    given,
    () => {},
    (_, part) => {
      // Whatever is no number fails this comparison, too.
      const near = Math.abs(part.scale() / scale - 1) <= nearScale
      const transformed = part.isNttForm() === (context.parameters.scheme === 'ckks')
      if (part.size() !== 2 || part.coeffModulusSize() !== level + 1 || !near || !transformed)
        throw new FrostglassError(
          'input',
          `${given.name} is not of the form that the plan says`,
          'Take what the service answered.',
        )
    },
  )
}

/** Makes a new ciphertext of a context; it is freed when `fill` fails. */
export function madeCiphertext({ seal, arena }: HeContext, fill: (into: Ciphertext) => void): Ciphertext {
  const into = arena.own(new seal.Ciphertext())
  try {
    fill(into)
    return into
  } catch (error) {
    arena.free(into)
    throw error
  }
}

/**
 * Reads a ciphertext for a service.
 * @param wanted the key it must belong to; any if absent
 * @throws FrostglassError `input` for damaged bytes or other parameters, `key` for another key's
 */
export function readCiphertext(
  context: HeContext,
  wanted: string | undefined,
  bytes: Uint8Array,
  name: string,
): Ciphertext {
  const { payload } = unwrap(bytes, 'ciphertext', context.parameters, {
    name,
    wanted,
  })
  return orRefuse(
    () => {
      const loadable = loadableCiphertext(payload, context.parameters, name)
      return madeCiphertext(context, (into) => into.loadFromArray(context.context, loadable))
    },
    `${name} cannot be read`,
    'Send or write it again: it may be damaged.',
  )
}

/** A service's ciphertext as it travels. */
export const writeCiphertext = ({ seal, parameters }: HeContext, key: string, a: Ciphertext): Uint8Array =>
  wrap('ciphertext', parameters, key, a.saveToArray(seal.ComprModeType.zstd) as Uint8Array)
