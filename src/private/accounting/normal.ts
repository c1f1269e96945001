// The complementary error function and the normal tail, as logarithms, good to 1e-13 relative at any argument.
// Source: Abramowitz and Stegun 1964, 7.1.6 (series of positive terms) and 7.1.14 (continued fraction).
// Slow beside a rational approximation (about a microsecond): meant for accountants, not for samplers.

const LOG_SQRT_PI = 0.5 * Math.log(Math.PI)

/** log(erfc(x)) for any finite x: no underflow in the right tail, where erfc itself ends at x = 27. */
export function logErfc(x: number): number {
  if (x < 0) return Math.log1p(1 - Math.exp(logErfc(-x)))
  // Below 2, erfc is at least 0.005, so 1 - erf(x) keeps 13 digits; beyond, the fraction needs under 100 steps.
  return x < 2 ? Math.log1p(-erfSeries(x)) : logErfcFraction(x)
}

function erfSeries(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return 2 * sum * Math.exp(-x * x - LOG_SQRT_PI)
}

function logErfcFraction(x: number): number {
  // √π e^{x²} erfc(x) = 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))), from the inside out; 120 levels settle it at x = 2.
  let tail = x
  for (let n = 120; n >= 1; n--) tail = x + n / 2 / tail
  return -x * x - LOG_SQRT_PI - Math.log(tail)
}

/** log P(Z > z) for a standard normal Z. */
export function logNormalTail(z: number): number {
  return logErfc(z / Math.SQRT2) - Math.LN2
}
