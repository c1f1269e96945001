// What every part of the accounting refuses: parameters for which no guarantee is defined, or none that can be computed.
// Source: the definitions of the mechanisms and of (ε, δ)-differential privacy (Dwork and Roth 2014, chapter 2).
// It cannot know whether a legal value is a sensible one: δ should be far below one over the number of people.

import { FrostglassError } from '../../errors.ts'

/** What came, in a few words: that "1" is a text and 1n no double must be seen. */
export function shown(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'bigint') return `the bigint ${value}n`.slice(0, 60)
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 40))}`
  if (value === undefined || value === null) return String(value)
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}

const refuse = (name: string, expected: string, value: unknown, hint: string): never => {
  throw new FrostglassError('usage', `${name} must be ${expected}; got ${shown(value)}`, hint)
}

/** Throws 'usage' unless `value` is a double that is finite and above 0. */
export function requirePositive(name: string, value: number): void {
  if (!(typeof value === 'number' && value > 0 && Number.isFinite(value)))
    refuse(
      name,
      'positive and finite',
      value,
      'Give it noise: a mechanism without, or with endless noise, has no price.',
    )
}

/** Noise is counted between these, in the unit of the answer or of its sensitivity. */
export const NOISE = { least: 1e-6, most: 1e18 } as const

/** Throws 'usage' unless a scale or a σ is one that can be accounted for: from 10⁻⁶ to 10¹⁸. */
export function requireNoise(name: string, value: number): void {
  requirePositive(name, value)
  if (value < NOISE.least || value > NOISE.most)
    refuse(
      name,
      `from ${NOISE.least} to ${NOISE.most}`,
      value,
      'Check its unit: noise beyond that gives everything away or says nothing.',
    )
}

/** The greatest ε, and ρ, of one release: more is no privacy, and beyond the accountants' grids. */
export const MOST_EPSILON = 1e6

/** Throws 'usage' unless `value` is an ε or ρ that a release may have: from 0 to 10⁶. */
export function requirePrice(name: string, value: number): void {
  requireNonNegative(name, value)
  if (value > MOST_EPSILON)
    refuse(name, `at most ${MOST_EPSILON}`, value, 'Take a smaller one: such a release protects nobody.')
}

/** Throws 'usage' unless `value` is a double that is finite and at least 0. */
export function requireNonNegative(name: string, value: number): void {
  if (!(typeof value === 'number' && value >= 0 && Number.isFinite(value)))
    refuse(
      name,
      'at least 0 and finite',
      value,
      'Take a price that can be paid: one below 0, or an endless one, is no guarantee.',
    )
}

/** Throws 'usage' unless δ is a double strictly between 0 and 1. */
export function requireDelta(delta: number): void {
  if (!(typeof delta === 'number' && delta > 0 && delta < 1))
    refuse('δ', 'between 0 and 1, both excluded', delta, 'Take δ well below one over the number of people.')
}

/** Throws 'usage' unless the sampling rate is a double in [0, 1]. */
export function requireRate(rate: number): void {
  if (!(typeof rate === 'number' && rate >= 0 && rate <= 1))
    refuse(
      'the sampling rate',
      'in [0, 1]',
      rate,
      'Give the chance of a row to be in a batch: batch size / rows.',
    )
}

/** Throws 'usage' unless a count is a whole number from 1 to `most`. */
export function requireCount(name: string, value: number, most: number = Number.MAX_SAFE_INTEGER): void {
  if (!(Number.isSafeInteger(value) && value >= 1))
    refuse(name, 'a whole number of at least 1', value, 'Count whole releases, whole steps, whole units.')
  if (value > most)
    refuse(name, `at most ${most}`, value, 'Take fewer: more than that is not computed in any time.')
}

/** The most releases of one kind that are counted together. */
export const MOST_TIMES = 1e9

/** The most rows that one person is protected for: more than that is no person. */
export const MOST_ROWS = 1e4

/** Throws 'usage' unless `times` is a whole number from 1 to 10⁹. */
export const requireTimes = (name: string, times: number): void => requireCount(name, times, MOST_TIMES)

/** Throws 'usage' unless `value` is an object, such as the options of a constructor. */
export function requireObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) refuse(name, 'an object', value, 'See the documentation.')
}

/** Throws 'usage' unless `value` is a list. */
export function requireList(name: string, value: unknown): void {
  if (!Array.isArray(value)) refuse(name, 'a list', value, 'Give a list, empty where there is nothing.')
}

/** Throws 'usage' unless `value` is a function, such as a Rényi curve. */
export function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') refuse(name, 'a function', value, 'Give one such as gaussianCurve(1).')
}

/** Throws 'usage' unless a Rényi order is a double above 1, finite. */
export function requireOrder(order: number): void {
  if (!(typeof order === 'number' && order > 1 && Number.isFinite(order)))
    refuse(
      'the order α',
      'above 1 and finite',
      order,
      'Take an order such as 2 or 10, as Rényi divergences are.',
    )
}
