// All losses by name: one list for the command line, for reports and for documentation.
// Source: docs/tables.md.
// It makes quality models and does not say which one fits a use: no number of them all is a table's use for a question.

import { FrostglassError, printable } from '../../../errors.ts'
import type { QualityModel } from '../quality.ts'
import type { Aggregate } from './aggregate.ts'
import { ambiguity } from './ambiguity.ts'
import { classSize } from './classSize.ts'
import { discernibility, discernibilityStar } from './discernibility.ts'
import { divergence } from './divergence.ts'
import { nonUniformEntropy } from './entropy.ts'
import { loss } from './loss.ts'
import { precision } from './precision.ts'

/** How losses of columns may become one. */
export const aggregates: readonly Aggregate[] = [
  'sum',
  'arithmetic mean',
  'geometric mean',
  'maximum',
  'rank',
]

/** Settings of losses; each takes some of them. */
export interface QualityOptions {
  readonly balance?: number | undefined
  readonly aggregate?: Aggregate | undefined
}

/** One loss of the list. */
export interface QualityEntry {
  readonly name: string
  readonly says: string
  /** Whether it is made of a loss a column, and so takes options, and attribute weights count. */
  readonly columns: boolean
  make(options: QualityOptions): QualityModel
}

const whole = (quality: QualityModel, says: string): QualityEntry => ({
  name: quality.name,
  says,
  columns: false,
  make: () => quality,
})

/** The losses, the default first. */
export const qualities: readonly QualityEntry[] = [
  { name: 'loss', says: 'share of its domain that a cell covers', columns: true, make: loss },
  { name: 'precision', says: 'height that a cell was lifted', columns: true, make: precision },
  { name: 'entropy', says: 'bits that cells lose', columns: true, make: nonUniformEntropy },
  {
    name: 'entropy-of-generalisation',
    says: 'bits that cells lose, suppressed rows aside',
    columns: true,
    make: (options) => nonUniformEntropy({ ...options, generalisationAlone: true }),
  },
  whole(discernibility, 'rows that each row cannot be told from'),
  whole(discernibilityStar, 'the same, suppressed rows as any'),
  whole(classSize, 'average size of a class'),
  whole(ambiguity, 'combinations of values that a row may stand for'),
  whole(divergence, 'bits between the published and the original distribution'),
]

/**
 * A loss by its name.
 * @throws FrostglassError `usage` for a name that is not of the list, and options of a loss that has none
 */
export function makeQuality(name: string, options: QualityOptions = {}): QualityModel {
  const found = qualities.find((one) => one.name === name)
  if (found === undefined)
    throw new FrostglassError(
      'usage',
      `there is no loss ${JSON.stringify(printable(name))}`,
      `Name one of ${qualities.map((one) => one.name).join(', ')}.`,
    )
  if (!found.columns && (options.balance !== undefined || options.aggregate !== undefined))
    throw new FrostglassError(
      'usage',
      `${name} is not made of a loss a column: it has neither balance nor aggregate`,
      `Leave them out, or take one of ${qualities
        .filter(({ columns }) => columns)
        .map((one) => one.name)
        .join(', ')}.`,
    )
  return found.make(options)
}
