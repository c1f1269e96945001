// Makes an answer a new ciphertext of the same numbers: an encryption of zero under the asker's public key is added.
// Source: Gentry 2009, section 4 (circuit privacy); Brakerski and Vaikuntanathan 2011 (a sum with a fresh encryption of zero is
// pseudorandom to whoever lacks the secret key). It hides nothing from the key holder: noise that drowns the computation's does.

import type { Ciphertext, Evaluator, PublicKey } from 'node-seal'
import { FrostglassError } from '../../errors.ts'
import type { HeContext } from './context.ts'

/**
 * What adds encryptions of zero, in place and at the ciphertext's own level (and scale, in CKKS).
 * @throws FrostglassError `input` where the asker sent no key to encrypt with
 */
export function rerandomiser(
  { seal, context, arena }: HeContext,
  evaluator: Evaluator,
  key: PublicKey | undefined,
): (a: Ciphertext) => void {
  if (!key)
    throw new FrostglassError('input', 'the keys have none to encrypt with', {
      hint: 'without it answers would show the weights: make the keys anew, frostglass encrypt keygen',
    })
  const encryptor = arena.own(new seal.Encryptor(context, key))
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
