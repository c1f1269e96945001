// Means and ratios over seeds with their 95% intervals.
// Source: src/statistics/bootstrap.ts (percentile bootstrap); one value a seed, since folds and layers of a seed share its key.
// Two seeds of a quick run make an interval of two values, no more.

import { meanInterval, ratioInterval } from '../src/statistics/bootstrap.ts'
import { meanAndSpread, sum } from '../src/statistics/moments.ts'

/** A number with its 95% interval. */
export interface Estimate {
  readonly value: number
  readonly interval: readonly [low: number, high: number]
}

/** The mean of one value a seed. @throws RangeError for none. */
export const meanEstimate = (values: readonly number[]): Estimate => ({
  value: meanAndSpread(values).mean,
  interval: meanInterval(values, 0),
})

/** Σ above / Σ below, seeds drawn together. */
export const ratioEstimate = (above: readonly number[], below: readonly number[]): Estimate => ({
  value: sum(above) / sum(below),
  interval: ratioInterval(above, below, 0),
})

/** The mean over trainings of something that each of them has. */
export const average = <T>(trainings: readonly T[], of: (training: T) => number): number =>
  sum(trainings.map(of)) / trainings.length

/** What a reader must know of the intervals of so many seeds; nothing where there are enough. */
export const intervalNote = (seeds: number): string =>
  seeds < 5 ? ' **With so few seeds intervals are too narrow: this is a first look.**' : ''
