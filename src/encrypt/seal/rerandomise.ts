// Makes an answer a new ciphertext of the same numbers: an encryption of zero under the asker's public key is added.
// Source: Gentry 2009, section 4 (circuit privacy); Brakerski and Vaikuntanathan 2011 (a sum with a fresh encryption of zero is
// pseudorandom to whoever lacks the secret key). It hides nothing from the key holder: noise that drowns the computation's does.

import type { Ciphertext, Encryptor, Evaluator, PublicKey } from 'node-seal'
import { FrostglassError } from '../../errors.ts'
import type { HeContext } from './context.ts'

/** Encrypts under the asker's key. @throws FrostglassError `input` where the asker sent none to encrypt with */
export function encryptorFor({ seal, context, arena }: HeContext, key: PublicKey | undefined): Encryptor {
  if (!key)
    throw new FrostglassError(
      'input',
      'the keys have none to encrypt with',
      'Make the keys anew, frostglass encrypt keys: without it answers would show the weights.',
    )
  return arena.own(new seal.Encryptor(context, key))
}

/** What adds encryptions of zero, in place and at the ciphertext's own level (and scale, in CKKS). */
export function rerandomiser(
  { seal }: HeContext,
  evaluator: Evaluator,
  encryptor: Encryptor,
): (a: Ciphertext) => void {
  return (a) => {
    const zero = new seal.Ciphertext()
    const level = a.parmsId()
    try {
      encryptor.encryptZero(zero)
      evaluator.cipherModSwitchToInplace(zero, level)
      if (zero.scale() !== a.scale()) zero.setScale(a.scale())
      evaluator.addInplace(a, zero)
    } finally {
      level.delete()
      zero.delete()
    }
  }
}
