// Means and spreads of numbers.
// Source: the textbook's two passes; with n − 1 where few measurements are shown with their "±", as papers do, else with n.
// A mean of numbers whose sum overflows is infinite, unless it is taken in parts.

import { mean as exactMean, sampleStandardDeviation } from 'simple-statistics'

/** The sum, from the first on; 0 of nothing. */
export function sum(values: ArrayLike<number>): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]!
  return total
}

/** The sum divided by the count; NaN of nothing. */
export const mean = (values: ArrayLike<number>): number => sum(values) / values.length

/** The mean as a sum of the shares x / n, which stays finite where the sum of the numbers would not; 0 of nothing. */
export function meanInParts(values: ArrayLike<number>): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]! / values.length
  return total
}

/** Mean and standard deviation of all there is (n), both {@link meanInParts}. */
export function spreadInParts(values: ArrayLike<number>): { mean: number; deviation: number } {
  const centre = meanInParts(values)
  let variance = 0
  for (let i = 0; i < values.length; i++) variance += (values[i]! - centre) ** 2 / values.length
  return { mean: centre, deviation: Math.sqrt(variance) }
}

/** Mean and standard deviation of all there is (n). NaN of nothing. */
export function spread(values: ArrayLike<number>): { mean: number; deviation: number } {
  const centre = mean(values)
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += (values[i]! - centre) ** 2
  return { mean: centre, deviation: Math.sqrt(squares / values.length) }
}

/** Mean and sample standard deviation (n − 1); the deviation of one measurement is 0. @throws RangeError for none. */
export function meanAndSpread(values: readonly number[]): { mean: number; deviation: number } {
  if (values.length === 0) throw new RangeError('there is nothing to take the mean of')
  return {
    mean: exactMean([...values]),
    deviation: values.length > 1 ? sampleStandardDeviation([...values]) : 0,
  }
}
