// What owners of both schemes have in common: keys drawn or opened, what encrypts and decrypts, and what they give out.
// Source: SEAL 4.1.

import type { Decryptor, Encryptor } from 'node-seal'
import { FrostglassError } from '../../errors.ts'
import { type CiphertextForm, requireForm } from './ciphertexts.ts'
import { type HeContext, openContext } from './context.ts'
import {
  drawKeys,
  type EvaluationKeys,
  type KeyNeeds,
  makeEvaluationKeys,
  type OwnKeys,
  readKeys,
  wrapSecret,
} from './keys.ts'
import { type HeParameters, slotsOf } from './parameters.ts'
import { makeZeros, type ZeroForm } from './zeros.ts'

/** Who holds a secret key. */
export interface Owner {
  readonly parameters: HeParameters
  readonly slots: number
  /** Names the key. */
  readonly key: string
  /** Keys for a service: products of ciphertexts, and rotations by these steps. */
  evaluationKeys(needs: KeyNeeds): EvaluationKeys
  /**
   * Requires what is public of a ciphertext, without the secret: two polynomials, the level, the scale.
   * @throws FrostglassError `input` for damaged bytes, other parameters, or another form; `key` for another key's
   */
  requireForm(bytes: Uint8Array, form: CiphertextForm, name: string): void
  /** The secret key in an envelope: to be sealed before it is written. */
  secret(): Uint8Array
  /** Frees the keys, and all that is held for them in WebAssembly. */
  close(): void
}

/** An owner, and what a scheme makes its own verbs of. */
export interface OwnerParts {
  readonly context: HeContext
  readonly owner: Owner
  readonly encryptor: Encryptor
  readonly decryptor: Decryptor
}

/**
 * Draws keys of a scheme, or opens what `secret` gave.
 * @param zeros that come along with a key to encrypt with
 * @throws FrostglassError `usage` for parameters of another scheme or not secure; `input` for damaged bytes or other
 * parameters
 */
export async function openOwner(
  scheme: HeParameters['scheme'],
  parameters: HeParameters,
  zeros: ZeroForm,
  secret?: Uint8Array,
): Promise<OwnerParts> {
  if (parameters.scheme !== scheme)
    throw new FrostglassError('usage', `these are parameters of ${parameters.scheme}, not of ${scheme}`)
  const context = await openContext(parameters)
  try {
    return partsOf(context, secret ? readKeys(context, secret) : drawKeys(context), zeros)
  } catch (error) {
    context.arena.close()
    throw error
  }
}

function partsOf(context: HeContext, keys: OwnKeys, zeros: ZeroForm): OwnerParts {
  const { seal, arena, parameters } = context
  const open = arena.own(keys.generator.createPublicKey())
  const encryptor = arena.own(new seal.Encryptor(context.context, open, keys.secret))
  return {
    context,
    encryptor,
    decryptor: arena.own(new seal.Decryptor(context.context, keys.secret)),
    owner: {
      parameters,
      slots: slotsOf(parameters),
      key: keys.key,
      evaluationKeys: (needs) => ({
        ...makeEvaluationKeys(context, keys, needs),
        ...(needs.encryption && { zeros: makeZeros(context, keys.key, encryptor, zeros) }),
      }),
      requireForm: (bytes, form, name) => requireForm(context, keys.key, { bytes, name }, form),
      secret: () => wrapSecret(context, keys),
      close: () => arena.close(),
    },
  }
}
