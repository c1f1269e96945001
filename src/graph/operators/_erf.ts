// The error function in double precision.
// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.6 (a series of positive terms) and 7.1.14 (a continued
// fraction of its complement). To some 1e-15 of its value; nothing is promised of its last bit.

/** erf(x) = 2/√π ∫₀ˣ e^(−t²) dt. */
export function erf(x: number): number {
  const a = Math.abs(x)
  if (Number.isNaN(x)) return x
  if (a >= 6) return Math.sign(x)
  const value = a < 2.5 ? series(a) : 1 - complement(a)
  return x < 0 ? -value : value
}

// 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1))
function series(x: number): number {
  const twice = 2 * x * x
  let term = x
  let sum = x
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= twice / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

// e^(−x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))), from the inside: 60 levels are enough from 2.5 on.
function complement(x: number): number {
  let tail = x
  for (let n = 60; n > 0; n--) tail = x + n / 2 / tail
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail)
}
