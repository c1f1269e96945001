// Mean and spread of a few measurements.
// Source: the sample standard deviation (n − 1), as the papers' "±".

import { mean as meanOf, sampleStandardDeviation } from 'simple-statistics'

/** Mean and sample standard deviation; the deviation of one measurement is 0. @throws RangeError for none. */
export function meanAndSpread(values: readonly number[]): { mean: number; deviation: number } {
  if (values.length === 0) throw new RangeError('there is nothing to take the mean of')
  return {
    mean: meanOf([...values]),
    deviation: values.length > 1 ? sampleStandardDeviation([...values]) : 0,
  }
}
