// What every part of the accounting refuses: parameters for which no guarantee is defined.
// Source: the definitions of the mechanisms and of (ε, δ)-differential privacy (Dwork and Roth 2014, chapter 2).
// It cannot know whether a legal value is a sensible one: δ should be far below one over the number of people.

import { FrostglassError } from '../../errors.ts'

const refuse = (name: string, expected: string, value: number, hint: string): never => {
  throw new FrostglassError('usage', `${name} must be ${expected}; got ${value}`, { hint })
}

/** Throws 'usage' unless `value` is finite and above 0. */
export function requirePositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value)))
    refuse(
      name,
      'positive and finite',
      value,
      'a mechanism without noise, or with endless noise, has no price',
    )
}

/** Throws 'usage' unless `value` is finite and at least 0. */
export function requireNonNegative(name: string, value: number): void {
  if (!(value >= 0 && Number.isFinite(value)))
    refuse(name, 'at least 0 and finite', value, 'a price below 0, or an endless one, is no guarantee')
}

/** Throws 'usage' unless δ lies strictly between 0 and 1. */
export function requireDelta(delta: number): void {
  if (!(delta > 0 && delta < 1))
    refuse('δ', 'between 0 and 1, both excluded', delta, 'take δ well below one over the number of people')
}

/** Throws 'usage' unless the sampling rate lies in [0, 1]. */
export function requireRate(rate: number): void {
  if (!(rate >= 0 && rate <= 1))
    refuse(
      'the sampling rate',
      'in [0, 1]',
      rate,
      'it is the chance of a row to be in a batch: batch size / rows',
    )
}

/** Throws 'usage' unless a count is a whole number of at least 1. */
export function requireCount(name: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 1))
    refuse(name, 'a whole number of at least 1', value, 'count whole releases, whole steps, whole units')
}
