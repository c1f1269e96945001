// The upper tail of the chi-square law.
// Source: Abramowitz and Stegun 1964, 6.5.29 (series) and 6.5.31 (continued fraction, by Lentz's method).
// Good to some 1e-10 of the value; what the law is an approximation for, its user answers for.

import { gammaln } from 'simple-statistics'

/**
 * P[chi-square of so many degrees ≥ statistic].
 * @param statistic at least 0 @param degrees at least 1
 */
export function chiSquareTail(statistic: number, degrees: number): number {
  const [a, x] = [degrees / 2, statistic / 2]
  if (x <= 0) return 1
  const scale = Math.exp(a * Math.log(x) - x - gammaln(a))
  // Each converges quickly on its own side of the mean.
  return x < a + 1 ? 1 - scale * lowerSeries(a, x) : scale * upperFraction(a, x)
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let n = 1; term > sum * 1e-16; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a
  let [c, d] = [1e300, 1 / b]
  let value = d
  for (let n = 1; ; n++) {
    const numerator = -n * (n - a)
    b += 2
    d = 1 / (numerator * d + b)
    c = b + numerator / c
    value *= c * d
    if (Math.abs(c * d - 1) < 1e-15) return value
  }
}
