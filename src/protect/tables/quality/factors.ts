// How much the two ways of hiding count: generalising a value, and suppressing a row.
// Source: ARX's generalisation/suppression factor, whose users compare by it.

import { FrostglassError } from '../../../errors.ts'

/** Factors in [0, 1] of what is generalised and of what is suppressed; at least one of them is 1. */
export interface Factors {
  readonly generalisation: number
  readonly suppression: number
}

/**
 * The two factors from one number.
 * @param balance 0.5 weighs both in full; towards 0 suppression costs less, towards 1 generalisation
 * @throws FrostglassError `usage` outside [0, 1]
 */
export function factorsOf(balance = 0.5): Factors {
  if (!(balance >= 0 && balance <= 1))
    throw new FrostglassError('usage', `balance ${balance}: expected a number from 0 to 1`, 'Take 0.5.')
  return {
    generalisation: balance <= 0.5 ? 1 : 2 - 2 * balance,
    suppression: balance < 0.5 ? 2 * balance : 1,
  }
}
