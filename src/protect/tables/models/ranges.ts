// The range of a model's parameter, and the refusal of what lies outside it, by name.
// Source: docs/tables.md, which states each range; a command line and a report read the same records.

import { FrostglassError } from '../../../errors.ts'

/** Where a number may lie. Infinities and NaN lie nowhere. */
export interface Range {
  readonly whole?: boolean | undefined
  /** The least that is allowed. */
  readonly from?: number | undefined
  /** All must be above it. */
  readonly above?: number | undefined
  /** The most that is allowed. */
  readonly to?: number | undefined
}

/** A range in words: `a whole number from 1`, `a number above 0 and up to 1`. */
export function rangeInWords(range: Range): string {
  const low =
    range.from === undefined
      ? range.above === undefined
        ? ''
        : ` above ${range.above}`
      : ` from ${range.from}`
  const high =
    range.to === undefined ? '' : `${low === '' || range.above !== undefined ? ' and up' : ''} to ${range.to}`
  return `${range.whole === true ? 'a whole number' : 'a number'}${low}${high}`
}

/**
 * A parameter, if it lies in its range.
 * @throws FrostglassError `usage` naming the parameter and the range
 */
export function within(name: string, value: number, range: Range): number {
  const fits =
    Number.isFinite(value) &&
    (range.whole !== true || Number.isSafeInteger(value)) &&
    (range.from === undefined || value >= range.from) &&
    (range.above === undefined || value > range.above) &&
    (range.to === undefined || value <= range.to)
  if (fits) return value
  throw new FrostglassError(
    'usage',
    `${name} is ${value}, and must be ${rangeInWords(range)}`,
    `Give ${name} as ${rangeInWords(range)}.`,
  )
}
