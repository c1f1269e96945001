// Precision: the mean height that cells were lifted in their hierarchies; a suppressed cell is lifted all the way.
// Source: Sweeney 2002, definition 5 (there as 1 less this). It counts levels, whatever they cover.

import type { QualityModel } from '../quality.ts'
import { type Aggregate, aggregateOf, tenDecimals } from './aggregate.ts'
import { factorsOf } from './factors.ts'

/** Settings of {@link precision}. */
export interface PrecisionOptions {
  /** See {@link factorsOf}; default 0.5. */
  readonly balance?: number | undefined
  /** Default: arithmetic mean. */
  readonly aggregate?: Aggregate | undefined
}

/** The loss of height. */
export function precision({
  balance = 0.5,
  aggregate = 'arithmetic mean',
}: PrecisionOptions = {}): QualityModel {
  const { generalisation, suppression } = factorsOf(balance)
  return {
    name: 'precision',
    says: `precision, ${aggregate}${balance === 0.5 ? '' : `, balance ${balance}`}`,
    prepare({ hierarchies, weights, rows }) {
      const combine = aggregateOf(aggregate, weights)
      const heights = hierarchies.map(({ levels }) => levels.length - 1)
      const lifted = (level: number, j: number) =>
        heights[j] === 0 ? 0 : (generalisation * level) / heights[j]!
      return {
        lossOf: (levels, { suppressed }) =>
          combine(
            heights.map((_, j) =>
              tenDecimals(((rows - suppressed) * lifted(levels[j]!, j) + suppressed * suppression) / rows),
            ),
          ),
        // A suppressed row may cost less than a lifted one, by the balance.
        boundOf: (levels) =>
          combine(heights.map((_, j) => tenDecimals(Math.min(lifted(levels[j]!, j), suppression)))),
      }
    },
  }
}
