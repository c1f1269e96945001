// Numbers by intervals: an origin, the width of each level, and a lowest and highest value beyond which numbers are one group.
// Source: ARX's interval-based hierarchies (half-open intervals, lower and upper coding); arithmetic here is exact.
// It does not choose widths: they are the owner's knowledge, and public.

import { FrostglassError, printable } from '../../../errors.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { atPlaces, commaAdvice, type Decimal, readDecimal, writeDecimal } from './decimals.ts'
import { climb } from './tree.ts'

/** Decimal numbers as texts: `0.1` is a tenth. */
export interface IntervalOptions {
  /** Where an interval of every level begins. */
  readonly origin: string
  /** Width of the intervals of level 1, 2, …: each a whole multiple of the one before. */
  readonly widths: readonly string[]
  /** Numbers below it are one group, at every level. */
  readonly bottom?: string | undefined
  /** Numbers from it on are one group, at every level. */
  readonly top?: string | undefined
}

/** A number of an option. */
function stated(text: string, which: string): Decimal {
  const number = readDecimal(text)
  if (number === undefined)
    throw new FrostglassError(
      'usage',
      `the ${which} of intervals is "${printable(text)}"`,
      'Write a decimal number.',
    )
  return number
}

/** The number of a value. */
function numberOf(text: string, what: string): Decimal {
  const number = readDecimal(text)
  if (number === undefined)
    throw new FrostglassError(
      'input',
      `${what} is one of intervals, but "${printable(text)}" is no number`,
      `Take a hierarchy from a file, or count its text as missing (--null-text)${commaAdvice(text)}.`,
    )
  return number
}

/** The widths in units, held to nest. */
function nesting(widths: readonly bigint[], texts: readonly string[]): readonly bigint[] {
  if (widths.length === 0)
    throw new FrostglassError(
      'usage',
      'a hierarchy of intervals has no width',
      'State one width for each level.',
    )
  widths.forEach((width, level) => {
    if (width <= 0n)
      throw new FrostglassError('usage', `an interval has the width ${texts[level]!}`, 'Take widths above 0.')
    const below = widths[level - 1]
    if (below !== undefined && (width % below !== 0n || width === below))
      throw new FrostglassError(
        'usage',
        `intervals of the width ${texts[level]!} cut those of the width ${texts[level - 1]!}`,
        'Make each width a whole multiple of the one before, twice as wide or more.',
      )
  })
  return widths
}

/**
 * The hierarchy of numbers by intervals `[20, 30[`, with one label for all on top. A missing cell stays missing below the top.
 * @throws FrostglassError `usage` for widths that do not nest, bounds that cross; `input` for a value that is no number
 */
export function intervalHierarchy(
  values: readonly string[],
  options: IntervalOptions,
  what: string,
): Hierarchy {
  const said = (text: string | undefined, which: string) =>
    text === undefined ? undefined : stated(text, which)
  const stateds = {
    origin: stated(options.origin, 'origin'),
    widths: options.widths.map((text) => stated(text, 'width')),
    bottom: said(options.bottom, 'bottom'),
    top: said(options.top, 'top'),
  }
  const numbers = values.map((text) => (text === '' ? undefined : numberOf(text, what)))
  const all = [stateds.origin, ...stateds.widths, stateds.bottom, stateds.top, ...numbers]
  const places = all.reduce((most, number) => Math.max(most, number?.places ?? 0), 0)
  const units = (number: Decimal | undefined) => (number === undefined ? undefined : atPlaces(number, places))
  const origin = units(stateds.origin)!
  const widths = nesting(
    stateds.widths.map((width) => units(width)!),
    options.widths,
  )
  const [bottom, top] = [units(stateds.bottom), units(stateds.top)]
  if (bottom !== undefined && top !== undefined && bottom >= top)
    throw new FrostglassError(
      'usage',
      `intervals have their bottom at ${options.bottom} and their top at ${options.top}`,
      'Take a bottom below the top.',
    )
  const write = (number: bigint) => writeDecimal(number, places)
  const scaled = numbers.map(units)
  const labelAt = (width: bigint) => (_: string, leaf: number) => {
    const number = scaled[leaf]!
    if (bottom !== undefined && number < bottom) return `<${write(bottom)}`
    if (top !== undefined && number >= top) return `>=${write(top)}`
    const distance = number - origin
    const step = distance % width < 0n ? distance / width - 1n : distance / width
    const low = origin + step * width
    const high = low + width
    // An interval that a bound cuts says what is left of it.
    const from = bottom !== undefined && low < bottom ? bottom : low
    const to = top !== undefined && high > top ? top : high
    return `[${write(from)}, ${write(to)}[`
  }
  return climb(values, widths.map(labelAt), what)
}
